/** Bytes of an upload -> records of fields, one at a time: unpacked when they are gzip, bounded in every direction. */
import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { err, ok, type Refusal } from '@fleetcast/shared/result.ts'
import type { ImportCode, ImportResult } from './import-codes.ts'

export const TABLE_BYTES_MAX = 512 * 1024 * 1024
export const LINE_CHARACTERS_MAX = 16_384

/** A refusal on its way out of a stream. */
class RefusedBytes extends Error {
  readonly refusal: Refusal<ImportCode>
  constructor(code: ImportCode, message: string) {
    super(message)
    this.refusal = { code, message }
  }
}

/** Records in order, the header first; ends with a refusal when the bytes are no table or too many. */
export async function* readRecords(
  bytes: AsyncIterable<Uint8Array>,
  bytesMax = TABLE_BYTES_MAX,
): AsyncGenerator<ImportResult<readonly string[]>> {
  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: LINE_CHARACTERS_MAX,
  })
  const stages = await openStages(bytes, bytesMax)
  pipeline([...stages, parser], () => undefined)
  try {
    for await (const record of parser) yield ok(record as readonly string[])
  } catch (cause) {
    const refusal = refusalOf(cause)
    if (refusal === null) throw cause
    yield err(refusal)
  }
}

const GZIP_MAGIC_BYTES = 2

async function openStages(
  bytes: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<(Readable | Transform)[]> {
  const source = bytes[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < GZIP_MAGIC_BYTES) {
    const part = await source.next()
    if (part.done === true) break
    head = Buffer.concat([head, part.value])
  }
  const whole = Readable.from(rejoin(head, source), { objectMode: false })
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  return isGzip ? [whole, createGunzip(), checkTable(bytesMax)] : [whole, checkTable(bytesMax)]
}

async function* rejoin(head: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head
    for (let part = await source.next(); part.done !== true; part = await source.next()) yield part.value
  } finally {
    await source.return?.()
  }
}

/** Counts unpacked bytes (a small archive may hold a huge table) and refuses what is no text. */
function checkTable(bytesMax: number): Transform {
  let total = 0
  return new Transform({
    transform(part: Uint8Array, _encoding, done: TransformCallback) {
      total += part.length
      if (total > bytesMax) done(new RefusedBytes('dataset/tooLarge', tooLarge(bytesMax)))
      else if (part.includes(0)) done(new RefusedBytes('dataset/notCsv', NOT_TEXT))
      else done(null, part)
    },
  })
}

const tooLarge = (bytesMax: number): string =>
  `the table is larger than ${bytesMax / 1024 / 1024} MB unpacked; split it by station or by year`
const NOT_TEXT = 'the bytes are no text; send a CSV in UTF-8, packed with gzip or not'

function refusalOf(cause: unknown): Refusal<ImportCode> | null {
  if (cause instanceof RefusedBytes) return cause.refusal
  if (cause instanceof CsvError) return { code: 'dataset/notCsv', message: csvText(cause) }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (!code.startsWith('Z_')) return null
  return {
    code: 'dataset/notCsv',
    message: `the gzip archive is damaged or cut off (${code}); send the file again`,
  }
}

const csvText = (cause: CsvError): string =>
  cause.code === 'CSV_MAX_RECORD_SIZE'
    ? `a line is longer than ${LINE_CHARACTERS_MAX} characters; this is no table of readings, or its line ends are missing`
    : `the text is no regular CSV (${cause.message.slice(0, 200)}); use commas, one header row and the same fields in every row`
