/** The ring buffer of readings: raw values and their flags on the regular axis, oldest rows leave. */
import { FLAG_LETTER } from '@fleetcast/shared/quality/flag-letters.ts'
import type { QualityFlag } from '@fleetcast/shared/quality/quality-control.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Row, Store } from '../ports/store.ts'

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

/** A reading as it came, with the verdict of quality control on each channel. */
export type RawReading = {
  readonly step: number
  /** In channel order; null where nothing came. */
  readonly values: readonly (number | null)[]
  /** One letter a channel. */
  readonly flags: string
}

/** Readings behind a step as they came, oldest first. */
export const rawReadingsAfter = (store: Store, step: number, most: number): readonly RawReading[] =>
  store
    .all<ReadingRow>(
      'select step, at, raw, flags from reading where step > ? order by step limit ?',
      step,
      most,
    )
    .map((row) => ({ step: row.step, values: rawValues(row), flags: row.flags }))

/** First and last step behind a step; null when nothing is. */
export function stepsAfter(store: Store, step: number): { first: number; last: number } | null {
  const [row] = store.all<Row & { first: number | null; last: number | null }>(
    'select min(step) as first, max(step) as last from reading where step > ?',
    step,
  )
  return row?.first == null || row.last === null ? null : { first: row.first, last: row.last }
}

export function lastReading(store: Store): StoredReading | null {
  const [row] = store.all<ReadingRow>('select step, at, raw, flags from reading order by step desc limit 1')
  return row ? rowToReading(row) : null
}

type ReadingRow = Row & { step: number; at: number; raw: Uint8Array; flags: string }

const rawValues = (row: ReadingRow): readonly (number | null)[] =>
  Array.from(storedValues(row), (value) => (Number.isNaN(value) ? null : value))

function storedValues({ raw, flags }: ReadingRow): Float64Array {
  assert(raw.byteLength === flags.length * 8, 'a stored reading has one value and one flag a channel')
  return new Float64Array(new Uint8Array(raw).buffer)
}

function rowToReading(row: ReadingRow): StoredReading {
  const { step, at, flags } = row
  const valid = storedValues(row)
  for (let i = 0; i < flags.length; i++) if (flags[i] !== FLAG_LETTER.ok) valid[i] = Number.NaN
  return { step, at: epochMs(at), valid }
}
