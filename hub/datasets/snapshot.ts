/**
 * The canonical content of a dataset: CSV sorted by station and time, the recipe's channel names, numbers in one form.
 * Its SHA-256 names the dataset, so the same readings have the same name whatever file they came in.
 */
import { createHash } from 'node:crypto'
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { breathe, SLICE_ROWS } from './breathe.ts'
import type { OrderedRows } from './order-rows.ts'

export type Snapshot = { readonly digest: DatasetDigest; readonly bytes: Uint8Array }

export type SnapshotInput = {
  readonly channels: readonly string[]
  readonly cadenceMs: number
  readonly stations: readonly { readonly station: string; readonly ordered: OrderedRows }[]
}

/** The first two columns of every snapshot. */
export const SNAPSHOT_KEYS = ['station', 'time_utc'] as const

export async function writeSnapshot({ channels, cadenceMs, stations }: SnapshotInput): Promise<Snapshot> {
  const hash = createHash('sha256')
  const parts: Buffer[] = []
  const push = (text: string): void => {
    const part = Buffer.from(text)
    hash.update(part)
    parts.push(part)
  }
  push(`${[...SNAPSHOT_KEYS, ...channels].join(',')}\n`)
  for (const { station, ordered } of [...stations].sort((a, b) => (a.station < b.station ? -1 : 1)))
    for (let row = 0; row < ordered.steps.length; row += SLICE_ROWS) {
      push(
        linesOf(ordered, {
          station,
          cadenceMs,
          from: row,
          until: Math.min(row + SLICE_ROWS, ordered.steps.length),
        }),
      )
      await breathe()
    }
  return { digest: DatasetDigest.parse(hash.digest('hex')), bytes: Buffer.concat(parts) }
}

type Slice = {
  readonly station: string
  readonly cadenceMs: number
  readonly from: number
  readonly until: number
}

function linesOf(
  { steps, values, sensors }: OrderedRows,
  { station, cadenceMs, from, until }: Slice,
): string {
  let text = ''
  for (let row = from; row < until; row++) {
    text += `${station},${new Date(steps[row]! * cadenceMs).toISOString().slice(0, 16)}Z`
    for (let i = 0; i < sensors; i++) text += `,${numberText(values[row * sensors + i]!)}`
    text += '\n'
  }
  return text
}

/** At most four decimals, no exponent for what sensors measure, empty for a missing value. */
const numberText = (value: number): string =>
  Number.isNaN(value) ? '' : String(Math.round(value * 10_000) / 10_000 + 0)
