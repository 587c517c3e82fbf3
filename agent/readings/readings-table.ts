/** The ring buffer of readings: raw values and their flags on the regular axis, oldest rows leave. */
import type { QualityFlag } from '@fleetcast/shared/quality/quality-control.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Row, Store } from '../ports/store.ts'
import { FLAG_LETTER } from './channel-state.ts'

export const READINGS_TABLE = `create table if not exists reading(
  step integer primary key, at integer not null, raw blob not null, flags text not null) strict`

export type StoredReading = {
  readonly step: number
  /** The sensor's own time, which may lie beside the axis. */
  readonly at: EpochMs
  /** Float64 in channel order; NaN where nothing came or quality control refused. */
  readonly valid: Float64Array
}

/** Adds the reading and drops what has left the ring of `ringSteps`. */
export function storeReading(
  store: Store,
  reading: {
    step: number
    at: EpochMs
    values: readonly (number | null)[]
    flags: readonly QualityFlag[]
    ringSteps: number
  },
): void {
  const raw = Float64Array.from(reading.values, (value) => value ?? Number.NaN)
  const flags = reading.flags.map((flag) => FLAG_LETTER[flag]).join('')
  store.run(
    'insert into reading values(?, ?, ?, ?)',
    reading.step,
    reading.at,
    new Uint8Array(raw.buffer),
    flags,
  )
  store.run('delete from reading where step <= ?', reading.step - reading.ringSteps)
}

/** Readings from `fromStep` on, oldest first. */
export const loadReadings = (store: Store, fromStep: number): readonly StoredReading[] =>
  store
    .all<ReadingRow>('select step, at, raw, flags from reading where step >= ? order by step', fromStep)
    .map(rowToReading)

export function lastReading(store: Store): StoredReading | null {
  const [row] = store.all<ReadingRow>('select step, at, raw, flags from reading order by step desc limit 1')
  return row ? rowToReading(row) : null
}

type ReadingRow = Row & { step: number; at: number; raw: Uint8Array; flags: string }

function rowToReading({ step, at, raw, flags }: ReadingRow): StoredReading {
  assert(raw.byteLength === flags.length * 8, 'a stored reading has one value and one flag a channel')
  const valid = new Float64Array(new Uint8Array(raw).buffer)
  for (let i = 0; i < flags.length; i++) if (flags[i] !== FLAG_LETTER.ok) valid[i] = Number.NaN
  return { step, at: epochMs(at), valid }
}
