/** Findings that need a look at whole series: resolution, clocks, copies. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { HOUR_MS } from '@fleetcast/shared/units.ts'
import type { ColumnEngine } from '../ports/column-engine.ts'
import { findClockOffsets, type ClockOffset, type HourMean } from './clock-offset.ts'
import { EXAMPLES_MAX, type DatasetFinding } from './dataset-report.ts'
import { findDuplicateStations } from './duplicate-stations.ts'
import { resolutionByYear, type YearResolution } from './resolution.ts'

export type SeriesContext = {
  readonly channels: readonly SensorChannel[]
  readonly cadenceMs: number
  readonly stations: readonly string[]
  /** SQL condition of the rows to look at. */
  readonly sampled: string
  readonly sites: readonly { readonly id: string; readonly longitude: number }[]
}

export async function resolutionFindings(
  engine: ColumnEngine,
  { channels, stations, sampled }: SeriesContext,
): Promise<readonly DatasetFinding[]> {
  const findings: DatasetFinding[] = []
  for (const [i, channel] of channels.entries()) {
    const years = await resolutionByYear(engine, i, { unit: channel.unit, sampled })
    for (const [place, station] of stations.entries()) {
      const own = years.filter((year) => year.station === place)
      const count = own.filter(({ grid }, k) => k > 0 && grid !== own[k - 1]!.grid).length
      if (count === 0) continue
      const examples = own.map(yearText).slice(0, EXAMPLES_MAX)
      findings.push({ code: 'dataset/resolutionChange', station, channel: channel.name, count, examples })
    }
  }
  return findings
}

const yearText = ({ year, grid }: YearResolution): string => `${year}: ${grid}`

export async function duplicateStationFindings(
  engine: ColumnEngine,
  { channels, stations, sampled }: SeriesContext,
): Promise<readonly DatasetFinding[]> {
  const pairs = await findDuplicateStations(engine, { channels: channels.length, sampled })
  return pairs.map(({ first, second, common, equal }) => ({
    code: 'dataset/duplicateStation',
    station: stations[second]!,
    channel: null,
    count: equal,
    examples: [`${equal} of ${common} common rows are those of ${stations[first]!}`],
  }))
}

/** Looks at the channel in degrees Celsius whose day is the largest; without one, or with a slow cadence, there is nothing to see. */
export async function clockFindings(
  engine: ColumnEngine,
  { channels, cadenceMs, stations, sites }: SeriesContext,
): Promise<readonly DatasetFinding[]> {
  const candidates = channels.flatMap(({ unit }, i) => (unit === 'C' ? [i] : []))
  if (candidates.length === 0 || cadenceMs > HOUR_MS) return []
  const index = await largestDay(engine, candidates)
  const rows = await engine.query(
    `SELECT station, year(utc) AS year, month(utc) AS month, hour(utc) AS hour, avg(m) AS mean, count(*) AS count
     FROM (SELECT station, make_timestamp((ms * 1000)::BIGINT) AS utc, m${index} AS m FROM clean WHERE f${index} = 0)
     GROUP BY ALL ORDER BY ALL`,
  )
  const means = rows.map(
    (row) => ({ ...row, station: stations[Number(row['station'])]! }) as unknown as HourMean,
  )
  const longitudes = new Map(sites.map(({ id, longitude }) => [id, longitude]))
  return findClockOffsets(means, longitudes).map((offset) => ({
    code: 'dataset/clockOffset',
    station: offset.station,
    channel: channels[index]!.name,
    count: Math.abs(offset.hours),
    examples: [offsetText(offset)],
  }))
}

async function largestDay(engine: ColumnEngine, candidates: readonly number[]): Promise<number> {
  const spans = candidates.map((i) => `max(a${i}) - min(a${i}) AS s${i}`)
  const means = candidates.map((i) => `avg(m${i}) FILTER (WHERE f${i} = 0) AS a${i}`)
  const [row] = await engine.query(
    `SELECT ${candidates.map((i) => `avg(s${i}) AS s${i}`).join(', ')} FROM (SELECT station, ${spans.join(', ')}
     FROM (SELECT station, (ms // 3600000)::BIGINT % 24 AS hour, ${means.join(', ')} FROM clean GROUP BY ALL) GROUP BY station)`,
  )
  const span = (i: number): number => Number(row![`s${i}`] ?? 0)
  return candidates.reduce((best, i) => (span(i) > span(best) ? i : best))
}

function offsetText({ year, hours, months, against }: ClockOffset): string {
  const when = `${year}-${two(months[0]!)}..${year}-${two(months.at(-1)!)}`
  const what = `${Math.abs(hours)} h ${hours > 0 ? 'late' : 'early'}`
  return `${when}: ${what} against ${against === 'sun' ? 'the sun' : 'the same months of other years'}`
}

const two = (n: number): string => String(n).padStart(2, '0')
