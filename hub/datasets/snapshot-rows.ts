/** Reads a snapshot's rows in slices. A snapshot is our own canonical text, so nothing but its header is judged. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { SNAPSHOT_KEYS } from './snapshot.ts'

export type SnapshotRow = {
  readonly station: string
  /** Event time, milliseconds since the epoch. */
  readonly time: number
  /** In the order asked for; NaN for a missing value. */
  readonly values: readonly number[]
}

const SLICE_BYTES = 256 * 1024
const NEWLINE = 10

/** Slices of rows with the channels asked for; refused when the dataset was made with other channels. */
export function readSnapshotRows(
  bytes: Uint8Array,
  channels: readonly string[],
): Result<Iterable<readonly SnapshotRow[]>, Refusal<'dataset/wrongRecipe'>> {
  const headerEnd = bytes.indexOf(NEWLINE)
  const header = textOf(bytes, 0, headerEnd).split(',')
  const missing = channels.filter((channel) => !header.includes(channel))
  if (missing.length > 0) {
    const has = header.slice(SNAPSHOT_KEYS.length).join(', ')
    return refuse(
      'dataset/wrongRecipe',
      `the dataset has no ${missing.join(', ')} (it has ${has}); import the table with this recipe`,
    )
  }
  const fields = channels.map((channel) => header.indexOf(channel))
  return ok(slices(bytes, headerEnd + 1, fields))
}

function* slices(
  bytes: Uint8Array,
  start: number,
  fields: readonly number[],
): Generator<readonly SnapshotRow[]> {
  for (let from = start; from < bytes.length;) {
    const until = bytes.indexOf(NEWLINE, Math.min(from + SLICE_BYTES, bytes.length - 1))
    const lines = textOf(bytes, from, until).split('\n')
    yield lines.map((line) => parseLine(line.split(','), fields))
    from = until + 1
  }
}

const parseLine = (parts: readonly string[], fields: readonly number[]): SnapshotRow => ({
  station: parts[0]!,
  time: timeOf(parts[1]!),
  values: fields.map((field) => (parts[field] === '' ? Number.NaN : Number(parts[field]))),
})

/** `2013-01-01T06:00Z`, always in this form. */
const timeOf = (text: string): number =>
  Date.UTC(
    +text.slice(0, 4),
    +text.slice(5, 7) - 1,
    +text.slice(8, 10),
    +text.slice(11, 13),
    +text.slice(14, 16),
  )

const textOf = (bytes: Uint8Array, from: number, until: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, until - from).toString()
