/** Findings that need a look at whole series: resolution, clocks, copies. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import type { ColumnEngine } from '../ports/column-engine.ts'
import { EXAMPLES_MAX, type DatasetFinding } from './dataset-report.ts'
import { findDuplicateStations } from './duplicate-stations.ts'
import { resolutionByYear, type YearResolution } from './resolution.ts'

export type SeriesContext = {
  readonly channels: readonly SensorChannel[]
  readonly cadenceMs: number
  readonly stations: readonly string[]
}

export async function resolutionFindings(
  engine: ColumnEngine,
  { channels, stations }: SeriesContext,
): Promise<readonly DatasetFinding[]> {
  const findings: DatasetFinding[] = []
  for (const [i, channel] of channels.entries()) {
    const years = await resolutionByYear(engine, i, channel)
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
  { channels, cadenceMs, stations }: SeriesContext,
): Promise<readonly DatasetFinding[]> {
  const pairs = await findDuplicateStations(engine, { channels: channels.length, cadenceMs })
  return pairs.map(({ first, second, common, equal }) => ({
    code: 'dataset/duplicateStation',
    station: stations[second]!,
    channel: null,
    count: equal,
    examples: [`${equal} of ${common} common rows are those of ${stations[first]!}`],
  }))
}
