/** SQL that reads event times without ever guessing: milliseconds since the epoch, NULL for what is no time. */
import { ok, refuse } from '@fleetcast/shared/result.ts'
import type { ImportResult } from './import-codes.ts'
import { sqlText } from './sql-text.ts'
import type { TableMapping } from './table-mapping.ts'

/** Times outside 1850..2200 are mistakes of the format. */
const EARLIEST_MS = Date.UTC(1850, 0)
const LATEST_MS = Date.UTC(2200, 0)

const DATE_TIME = '\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?'
const ZONE = '(Z|[+-]\\d{2}:?\\d{2})'

/** Tokens of a written pattern; `mm` after hours means minutes, and a single T stands for itself. */
const TOKENS: Readonly<Record<string, string>> = { yyyy: '%Y', dd: '%d', hh: '%H', ss: '%S', t: 'T' }

type Times = Pick<TableMapping, 'timeFormat' | 'utcOffset'>

/** NULL for a time that no reading can have. */
export const plausibleTimeSql = (ms: string): string =>
  `CASE WHEN ${ms} BETWEEN ${EARLIEST_MS} AND ${LATEST_MS} THEN ${ms} END`

/** The expression for a column of the given SQL type, or a refusal when format and type do not fit. */
export function timeSql(column: string, type: string, times: Times): ImportResult<string> {
  if (type === 'TIMESTAMP WITH TIME ZONE') return ok(`epoch_ms(${column})`)
  if (/^(TIMESTAMP(_S|_MS|_NS)?|DATE)$/.test(type)) return shifted(`epoch_ms(${column}::TIMESTAMP)`, times)
  const scale = EPOCH_SCALE[times.timeFormat]
  if (scale !== undefined) return ok(`TRY_CAST(round(TRY_CAST(${column} AS DOUBLE) * ${scale}) AS BIGINT)`)
  if (type !== 'VARCHAR')
    return refuse('dataset/badTime', `times of type ${type} need a format: --time-format epoch-s or epoch-ms`)
  const text = `trim(${column})`
  if (times.timeFormat === 'iso') return ok(isoSql(text, times.utcOffset))
  const pattern = patternOf(times.timeFormat)
  if (!pattern.ok) return pattern
  return shifted(`epoch_ms(try_strptime(${text}, ${sqlText(pattern.value)}))`, times)
}

const EPOCH_SCALE: Readonly<Record<string, number>> = { 'epoch-s': 1_000, 'epoch-ms': 1 }

function shifted(expression: string, { utcOffset }: Times): ImportResult<string> {
  if (utcOffset !== null) return ok(`(${expression} - ${offsetMs(utcOffset)})`)
  return refuse(
    'dataset/badTime',
    'the times do not name their zone; say which it is, as in --utc-offset +00:00',
  )
}

function offsetMs(offset: string): number {
  const [hours, minutes] = [offset.slice(1, 3), offset.slice(4, 6)].map(Number)
  return (offset.startsWith('-') ? -1 : 1) * (hours! * 60 + minutes!) * 60_000
}

/** ISO 8601 to the minute or finer; without a zone only where the mapping names one. */
function isoSql(text: string, utcOffset: string | null): string {
  const pattern = `${DATE_TIME}${ZONE}${utcOffset === null ? '' : '?'}`
  const at = (part: string): string => `epoch_ms(TRY_CAST(${part} AS TIMESTAMP))`
  const minutes = (zone: string): string =>
    `(CASE left(${zone}, 1) WHEN '-' THEN -1 ELSE 1 END * (substr(${zone}, 2, 2)::INTEGER * 60 + right(${zone}, 2)::INTEGER))`
  const zoned = (length: number): string =>
    `${at(`left(${text}, -${length})`)} - ${minutes(`right(${text}, ${length})`)} * 60000`
  return `CASE
    WHEN NOT regexp_full_match(${text}, ${sqlText(pattern)}) THEN NULL
    WHEN suffix(${text}, 'Z') THEN ${at(`left(${text}, -1)`)}
    WHEN substr(${text}, -6, 1) IN ('+', '-') AND length(${text}) > 16 THEN ${zoned(6)}
    WHEN substr(${text}, -5, 1) IN ('+', '-') AND length(${text}) > 16 THEN ${zoned(5)}
    ELSE ${at(text)} - ${utcOffset === null ? 0 : offsetMs(utcOffset)} END`
}

/** `dd.mm.yyyy hh:mm` -> `%d.%m.%Y %H:%M`; letters outside the tokens are refused. */
export function patternOf(format: string): ImportResult<string> {
  let hasHours = false
  const pattern = format.replace(/yyyy|mm|dd|hh|ss|[a-z]/gi, (word) => {
    const token = word.toLowerCase()
    if (token === 'mm') return hasHours ? '%M' : '%m'
    if (token === 'hh') hasHours = true
    return TOKENS[token] ?? '?'
  })
  const isWhole = ['%Y', '%m', '%d', '%H'].every((token) => pattern.includes(token))
  if (isWhole && !pattern.includes('?') && !format.includes('%')) return ok(pattern)
  return refuse(
    'dataset/badMapping',
    `"${format}" is no time format; write iso, epoch-s, epoch-ms or a pattern of yyyy, mm, dd, hh, mm and ss, as dd.mm.yyyy hh:mm`,
    'timeFormat',
  )
}
