/** A channel in another unit than the recipe's is refused as a whole: quality control would throw most of it away. */
import { ok, refuse } from '@fleetcast/shared/result.ts'
import type { ColumnEngine } from '../ports/column-engine.ts'
import { WHOLE_TABLE, type DatasetFinding } from './dataset-report.ts'
import { placeIn, type ImportResult } from './import-codes.ts'
import { sqlIsIn } from './sql-text.ts'
import type { MappedChannel } from './table-mapping.ts'
import { conversionSql, otherUnits } from './units.ts'

/** More values than this share outside the physical limits are no glitches. */
const OUTSIDE_SHARE_MAX = 0.2

/** Numbers that tables write for "nothing was measured"; none of them is a reading where it lies outside the limits. */
const SENTINELS = [-9999, -999.9, -999, -99.9, -99, 999, 999.9, 9999, 99999]

/** Refuses with `dataset/unitsOutOfRange`, naming the unit that would fit; else finds numbers that stand for nothing. */
export async function checkUnits(
  engine: ColumnEngine,
  channels: readonly MappedChannel[],
): Promise<ImportResult<readonly DatasetFinding[]>> {
  const findings: DatasetFinding[] = []
  for (const [i, channel] of channels.entries()) {
    const sentinels = await findSentinels(engine, `v${i}`, channel)
    findings.push(...sentinels)
    const asIs = await shareOutside(engine, { value: `v${i}`, raw: `v${i}`, channel })
    if (asIs.share <= OUTSIDE_SHARE_MAX) continue
    const message = outsideText(channel, asIs, await fittingUnit(engine, `v${i}`, channel))
    return refuse('dataset/unitsOutOfRange', message, placeIn(0, channel.column))
  }
  return ok(findings)
}

/** Whether the value is a sentinel as it looks after the channel's conversion. */
const isSentinelSql = (value: string, { conversion }: MappedChannel): string => {
  const sentinels = SENTINELS.map((n) => `${n}::DOUBLE`)
  return sqlIsIn(value, conversion === null ? sentinels : sentinels.map((n) => conversionSql(n, conversion)))
}

const outsideSql = (value: string, { min, max }: MappedChannel): string =>
  `(${value} < ${min} OR ${value} > ${max})`

async function findSentinels(
  engine: ColumnEngine,
  value: string,
  channel: MappedChannel,
): Promise<readonly DatasetFinding[]> {
  const rows = await engine.query(
    `SELECT ${value} AS said, count(*) AS n FROM staged WHERE ${isSentinelSql(value, channel)} AND ${outsideSql(value, channel)} GROUP BY 1 ORDER BY n DESC, said`,
  )
  if (rows.length === 0) return []
  const examples = rows.map(({ said, n }) => `${said} at ${n} rows; --missing ${said} reads it as missing`)
  const count = rows.reduce((sum, { n }) => sum + Number(n), 0)
  return [{ code: 'dataset/sentinelValues', station: WHOLE_TABLE, channel: channel.name, count, examples }]
}

type Outside = { readonly share: number; readonly example: number }
type Measure = { readonly value: string; readonly raw: string; readonly channel: MappedChannel }

async function shareOutside(engine: ColumnEngine, { value, raw, channel }: Measure): Promise<Outside> {
  const outside = outsideSql(value, channel)
  const [row] = await engine.query(
    `SELECT count(*) AS n, count(*) FILTER (WHERE ${outside}) AS outside, min_by(${raw}, rowid) FILTER (WHERE ${outside}) AS example
     FROM staged WHERE ${raw} IS NOT NULL AND NOT ${isSentinelSql(raw, channel)}`,
  )
  const n = Number(row!['n'])
  return { share: n === 0 ? 0 : Number(row!['outside']) / n, example: Number(row!['example']) }
}

async function fittingUnit(
  engine: ColumnEngine,
  raw: string,
  channel: MappedChannel,
): Promise<string | null> {
  if (channel.conversion !== null) return null
  for (const conversion of otherUnits(channel.unit)) {
    const value = conversionSql(raw, conversion)
    const { share } = await shareOutside(engine, { value, raw, channel })
    if (share <= OUTSIDE_SHARE_MAX / 10)
      return `${conversion.from.name}: say --unit ${channel.name}=${conversion.from.symbol}`
  }
  return null
}

function outsideText(
  { name, column, unit, min, max }: MappedChannel,
  { share, example }: Outside,
  fitting: string | null,
): string {
  const what = `${(100 * share).toFixed(0)} % of ${column} lie outside ${min}..${max} ${unit} (the first: ${example})`
  return fitting === null
    ? `${what}; they are not in ${unit}: convert the column to ${unit}, or correct the limits of ${name} in the recipe`
    : `${what}; they look like ${fitting}, or convert the column to ${unit}`
}
