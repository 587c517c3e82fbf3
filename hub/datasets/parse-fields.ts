/** Text of a table's fields -> numbers and instants, without ever guessing. */
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|([+-])(\d{2}):?(\d{2}))$/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/
const YEAR_MIN = 1850
const YEAR_MAX = 2200

/** ISO 8601 with a zone, minutes or finer (`2013-01-01T06:00Z`); null for anything else, also for 30 February. */
export function parseTime(text: string): EpochMs | null {
  const match = TIME.exec(text)
  if (match === null) return null
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(match[i] ?? 0))
  const local = Date.UTC(year!, month! - 1, day, hour, minute, second)
  const isReal =
    new Date(local).getUTCDate() === day && month! <= 12 && hour! < 24 && minute! < 60 && second! < 60
  if (!isReal || year! < YEAR_MIN || year! > YEAR_MAX) return null
  const offsetMinutes = match[7] === undefined ? 0 : Number(match[8]) * 60 + Number(match[9])
  return epochMs(local - (match[7] === '-' ? -1 : 1) * offsetMinutes * 60_000)
}

/** How tables write "nothing was measured". */
const MISSING = new Set(['', 'NA', 'NaN', 'nan', 'null'])

/** A decimal number, NaN for a missing value; null for text that is no number. */
export function parseValue(text: string): number | null {
  if (MISSING.has(text)) return Number.NaN
  return NUMBER.test(text) ? Number(text) : null
}
