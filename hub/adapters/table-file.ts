/** An upload as it came -> a file the engine can read: unpacked when it is gzip, bounded, and known by its first bytes. */
import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { err, ok, refuse, type Refusal } from '@fleetcast/shared/result.ts'
import type { ImportCode, ImportResult } from '../datasets/import-codes.ts'
import type { TableFile, TableFormat } from '../datasets/table-source.ts'

/** Of the upload as it comes, and of the table when unpacked: a small archive may hold a huge table. */
export const TABLE_BYTES_MAX = 4 * 1024 ** 3
const HEAD_BYTES = 256 * 1024

class TooLargeError extends Error {}

/** Writes the stream to `file`; refuses what is larger than `bytesMax` without reading on. */
export async function spoolUpload(
  body: AsyncIterable<Uint8Array>,
  file: string,
  { bytesMax, onBytes, signal }: SpoolOptions,
): Promise<ImportResult<number>> {
  const counter = countBytes(bytesMax, onBytes)
  try {
    await pipeline(untilAborted(body, signal), counter.stage, createWriteStream(file, { mode: 0o600 }), {
      signal,
    })
    return ok(counter.total())
  } catch (cause) {
    if (cause instanceof TooLargeError) return refuse('dataset/tooLarge', tooLarge(bytesMax))
    if (signal.aborted) return refuse('dataset/cancelled', 'the import was cancelled; nothing was stored')
    throw cause
  }
}

/** Ends with the signal also while a part is waited for: a client that says nothing must not keep its upload open. */
async function* untilAborted(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new Error('aborted'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  aborted.catch(() => undefined) // whoever waits below gets it
  const parts = body[Symbol.asyncIterator]()
  for (;;) {
    const part = await Promise.race([parts.next(), aborted])
    if (part.done === true) return
    yield part.value
  }
}

export type SpoolOptions = {
  readonly bytesMax: number
  readonly onBytes: (bytes: number) => void
  readonly signal: AbortSignal
}

const tooLarge = (bytesMax: number): string =>
  `the table is larger than ${bytesMax / 1024 / 1024} MB, unpacked; split it by station or by year`

function countBytes(bytesMax: number, onBytes: (bytes: number) => void) {
  let total = 0
  const stage = new Transform({
    transform(part: Uint8Array, _encoding, done: TransformCallback) {
      total += part.length
      onBytes(total)
      if (total > bytesMax) done(new TooLargeError('too many bytes'))
      else done(null, part)
    },
  })
  return { stage, total: () => total }
}

/** `unpacked` is written only when the upload is an archive. */
export async function prepareTable(
  uploaded: string,
  unpacked: string,
  { bytesMax, onFraction }: { readonly bytesMax: number; readonly onFraction: (fraction: number) => void },
): Promise<ImportResult<TableFile>> {
  const head = await readHead(uploaded, HEAD_BYTES)
  if (!(head[0] === 0x1f && head[1] === 0x8b)) return describe(uploaded, head)
  const { size } = await stat(uploaded)
  const packed = countBytes(Number.POSITIVE_INFINITY, (bytes) => onFraction(bytes / size))
  try {
    const limit = countBytes(bytesMax, () => undefined)
    const target = createWriteStream(unpacked, { mode: 0o600 })
    await pipeline(createReadStream(uploaded), packed.stage, createGunzip(), limit.stage, target)
  } catch (cause) {
    const refusal = archiveRefusal(cause, bytesMax)
    if (refusal === null) throw cause
    return err(refusal)
  }
  return describe(unpacked, await readHead(unpacked, HEAD_BYTES))
}

function archiveRefusal(cause: unknown, bytesMax: number): Refusal<ImportCode> | null {
  if (cause instanceof TooLargeError) return { code: 'dataset/tooLarge', message: tooLarge(bytesMax) }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return code.startsWith('Z_')
    ? {
        code: 'dataset/notCsv',
        message: `the gzip archive is damaged or cut off (${code}); send the file again`,
      }
    : null
}

async function readHead(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(bytes)
    const { bytesRead } = await file.read(buffer, 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function describe(file: string, head: Buffer): ImportResult<TableFile> {
  const isParquet = head.subarray(0, 4).toString('latin1') === 'PAR1'
  if (isParquet) return ok({ file, format: 'parquet', head: '' })
  const text = head.toString('utf8')
  const first = text
    .replace(/^\u{feff}/u, '')
    .trimStart()
    .charAt(0)
  if (first === '[')
    return refuse('dataset/notJson', 'the file is one JSON array; write one object a line (NDJSON)', 'row 1')
  const format: TableFormat = first === '{' ? 'ndjson' : 'csv'
  return ok({ file, format, head: text })
}
