/** From what the stages of an import counted to findings an operator reads. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import type { DatasetFinding, StationCoverage } from './dataset-report.ts'
import { gapSteps, type GapTally } from './find-gaps.ts'
import type { ChannelQuality, InvalidFlag } from './judge-channels.ts'
import type { Noted, StationImport } from './station-import.ts'
import { timeText } from './time-text.ts'

/** A channel with less than 2 % of its rows is no channel to train or to compare with: there is no data. */
const NO_DATA_SHARE = 0.98

export type FindingContext = { readonly channels: readonly SensorChannel[]; readonly cadenceMs: number }

/** Everything that was counted at one station, the most serious first. */
export function stationFindings(
  station: StationImport,
  { channels, cadenceMs }: FindingContext,
): readonly DatasetFinding[] {
  const indexed = channels.map((channel, index) => ({ channel, index }))
  return [
    ...indexed.flatMap((one) => noDataFinding(station, one)),
    ...indexed.flatMap((one) => invalidFindings(station, one)),
    ...orderFindings(station),
    ...gapFindings(station, cadenceMs),
  ]
}

type IndexedChannel = { readonly channel: SensorChannel; readonly index: number }

function noDataFinding(
  { station, rows, judge }: StationImport,
  { channel, index }: IndexedChannel,
): DatasetFinding[] {
  const count = rows - judge.qualities[index]!.present
  if (rows === 0 || count < rows * NO_DATA_SHARE) return []
  const example = `${((100 * count) / rows).toFixed(1)} % of ${rows} rows have no valid ${channel.name}`
  return [{ code: 'dataset/noData', station, channel: channel.name, count, examples: [example] }]
}

const INVALID: readonly InvalidFlag[] = ['range', 'step', 'flatline']

const invalidFindings = (
  { station, judge }: StationImport,
  { channel, index }: IndexedChannel,
): DatasetFinding[] =>
  INVALID.flatMap((flag) => {
    const { count, examples } = judge.qualities[index]!.invalid[flag]
    return count === 0 ? [] : [{ code: `quality/${flag}`, station, channel: channel.name, count, examples }]
  })

function orderFindings({ station, aside, snapped }: StationImport): DatasetFinding[] {
  const finding = (code: string, { count, times }: Noted): DatasetFinding => ({
    ...{ code, station, channel: null, count },
    examples: times.map(minuteText),
  })
  return [
    finding('dataset/duplicateRows', aside.duplicate),
    finding('dataset/conflictingRows', aside.conflict),
    finding('dataset/revisedRows', aside.superseded),
    finding('dataset/snappedRows', snapped),
    finding('dataset/quarantinedRows', aside.betweenSteps),
  ].filter(({ count }) => count > 0)
}

const minuteText = (time: number): string => new Date(time).toISOString().replace(':00.000Z', 'Z')

function gapFindings({ station, gaps }: StationImport, cadenceMs: number): DatasetFinding[] {
  const finding = (code: string, count: number, tally: GapTally): DatasetFinding => ({
    ...{ code, station, channel: null, count },
    examples: tally.longest().map((gap) => `${timeText(gap.from * cadenceMs)}, ${gapSteps(gap)} intervals`),
  })
  return [
    finding('dataset/missingIntervals', gaps.gaps.intervals, gaps.gaps),
    finding('dataset/separatePeriods', gaps.breaks.count, gaps.breaks),
  ].filter(({ count }) => count > 0)
}

export const coverageOf = (
  { station, rows, gaps, aside, judge }: StationImport,
  { channels, cadenceMs }: FindingContext,
): StationCoverage => ({
  station,
  rows,
  expected: gaps.expected,
  gaps: gaps.gaps.count,
  duplicates: aside.duplicate.count + aside.conflict.count,
  channels: channels.map(({ name }, i) => ({
    channel: name,
    present: judge.qualities[i]!.present,
    invalid: invalidCount(judge.qualities[i]!),
  })),
  periods: gaps.periods.map(({ from, until }) => ({ from: from * cadenceMs, until: until * cadenceMs })),
})

const invalidCount = ({ invalid }: ChannelQuality): number =>
  invalid.range.count + invalid.step.count + invalid.flatline.count
