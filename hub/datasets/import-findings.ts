/** From what the stages of an import counted to findings an operator reads. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs, epochMsToHourText } from '@fleetcast/shared/units.ts'
import type { ChannelQuality, InvalidFlag } from './check-quality.ts'
import { EXAMPLES_MAX, type DatasetFinding } from './dataset-report.ts'
import { gapSteps, type Gap, type Gaps } from './find-gaps.ts'
import type { Noted, OrderCounts, OrderedRows } from './order-rows.ts'
import { resolutionByYear } from './resolution.ts'

/** A channel with less than 2 % of its rows is no channel to train or to compare with: there is no data. */
const NO_DATA_SHARE = 0.98

export type StationImport = {
  readonly station: string
  readonly ordered: OrderedRows
  readonly counts: OrderCounts
  readonly gaps: Gaps
  /** In the order of the recipe's channels. */
  readonly qualities: readonly ChannelQuality[]
}

export type FindingContext = { readonly channels: readonly SensorChannel[]; readonly cadenceMs: number }

/** Everything that was found at one station, the most serious first. */
export function stationFindings(station: StationImport, context: FindingContext): readonly DatasetFinding[] {
  const channels = context.channels.map((channel, index) => ({ channel, index }))
  return [
    ...channels.flatMap((one) => noDataFinding(station, one)),
    ...channels.flatMap((one) => invalidFindings(station, one)),
    ...channels.flatMap((one) => resolutionFinding(station, { ...one, cadenceMs: context.cadenceMs })),
    ...orderFindings(station),
    ...gapFindings(station, context.cadenceMs),
  ]
}

type IndexedChannel = { readonly channel: SensorChannel; readonly index: number }

function noDataFinding(
  { station, ordered, qualities }: StationImport,
  { channel, index }: IndexedChannel,
): DatasetFinding[] {
  const rows = ordered.steps.length
  const count = rows - qualities[index]!.present
  if (count < rows * NO_DATA_SHARE) return []
  const example = `${((100 * count) / rows).toFixed(1)} % of ${rows} rows have no valid ${channel.name}`
  return [{ code: 'dataset/noData', station, channel: channel.name, count, examples: [example] }]
}

const FLAGS: readonly InvalidFlag[] = ['range', 'step', 'flatline']

const invalidFindings = (
  { station, qualities }: StationImport,
  { channel, index }: IndexedChannel,
): DatasetFinding[] =>
  FLAGS.flatMap((flag) => {
    const { count, examples } = qualities[index]!.invalid[flag]
    return count === 0 ? [] : [{ code: `quality/${flag}`, station, channel: channel.name, count, examples }]
  })

function resolutionFinding(
  { station, ordered }: StationImport,
  { channel, index, cadenceMs }: IndexedChannel & { readonly cadenceMs: number },
): DatasetFinding[] {
  const years = resolutionByYear(ordered, index, { unit: channel.unit, cadenceMs })
  const changes = years.filter(({ grid }, i) => i > 0 && grid !== years[i - 1]!.grid)
  if (changes.length === 0) return []
  const examples = years.map(({ year, grid }) => `${year}: ${grid}`).slice(0, EXAMPLES_MAX)
  return [
    { code: 'dataset/resolutionChange', station, channel: channel.name, count: changes.length, examples },
  ]
}

function orderFindings({ station, counts }: StationImport): DatasetFinding[] {
  const finding = (code: string, { count, times }: Noted): DatasetFinding => ({
    code,
    station,
    channel: null,
    count,
    examples: times.map((time) => new Date(time).toISOString().replace(':00.000Z', 'Z')),
  })
  return [
    finding('dataset/duplicateRows', counts.duplicates),
    finding('dataset/conflictingRows', counts.conflicts),
    finding('dataset/snappedRows', counts.snapped),
    finding('dataset/quarantinedRows', counts.quarantined),
    finding('dataset/unorderedRows', { count: counts.unordered, times: [] }),
  ].filter(({ count }) => count > 0)
}

function gapFindings({ station, gaps }: StationImport, cadenceMs: number): DatasetFinding[] {
  const missing = gaps.gaps.reduce((sum, gap) => sum + gapSteps(gap), 0)
  const findings: DatasetFinding[] = [
    {
      code: 'dataset/missingIntervals',
      station,
      channel: null,
      count: missing,
      examples: longest(gaps.gaps, cadenceMs),
    },
    {
      code: 'dataset/separatePeriods',
      station,
      channel: null,
      count: gaps.breaks.length,
      examples: longest(gaps.breaks, cadenceMs),
    },
  ]
  return findings.filter(({ count }) => count > 0)
}

const longest = (gaps: readonly Gap[], cadenceMs: number): string[] =>
  [...gaps]
    .sort((a, b) => gapSteps(b) - gapSteps(a))
    .slice(0, EXAMPLES_MAX)
    .map((gap) => `${hourText(gap.from * cadenceMs)}, ${gapSteps(gap)} intervals`)

const hourText = (time: number): string => epochMsToHourText(epochMs(time))
