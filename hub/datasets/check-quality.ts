/** Quality control of a station's ordered rows, in place: what a live station would refuse becomes NaN and is counted. */
import {
  checkValue,
  QUALITY_START,
  type QualityFlag,
  type QualityState,
} from '@fleetcast/shared/quality/quality-control.ts'
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs, epochMsToHourText } from '@fleetcast/shared/units.ts'
import { breathe, SLICE_ROWS } from './breathe.ts'
import { EXAMPLES_MAX } from './dataset-report.ts'
import type { OrderedRows } from './order-rows.ts'

export type InvalidFlag = Exclude<QualityFlag, 'ok' | 'missing'>

export type ChannelQuality = {
  /** Valid values. */
  present: number
  readonly invalid: Record<InvalidFlag, { count: number; readonly examples: string[] }>
}

/** After so many missing intervals quality control remembers nothing that still ages. */
const SETTLED_INTERVALS = 24

export async function checkQuality(
  rows: OrderedRows,
  channels: readonly SensorChannel[],
  cadenceMs: number,
): Promise<readonly ChannelQuality[]> {
  const qualities = channels.map(newQuality)
  const states = channels.map(() => QUALITY_START)
  for (let row = 0; row < rows.steps.length; row++) {
    const step = rows.steps[row]!
    const missing = row === 0 ? 0 : Math.min(step - rows.steps[row - 1]! - 1, SETTLED_INTERVALS)
    for (const [i, channel] of channels.entries()) {
      const place = row * rows.sensors + i
      const value = rows.values[place]!
      const { flag, state } = checkValue(value, channel, skip(states[i]!, channel, missing))
      states[i] = state
      if (flag === 'ok') qualities[i]!.present++
      if (flag === 'ok' || flag === 'missing') continue
      rows.values[place] = Number.NaN
      noteInvalid(qualities[i]!, flag, `${epochMsToHourText(epochMs(step * cadenceMs))} ${value}`)
    }
    if (row % SLICE_ROWS === SLICE_ROWS - 1) await breathe()
  }
  return qualities
}

const newQuality = (): ChannelQuality => ({
  present: 0,
  invalid: {
    range: { count: 0, examples: [] },
    step: { count: 0, examples: [] },
    flatline: { count: 0, examples: [] },
  },
})

function skip(state: QualityState, channel: SensorChannel, intervals: number): QualityState {
  let skipped = state
  for (let k = 0; k < intervals; k++) skipped = checkValue(null, channel, skipped).state
  return skipped
}

function noteInvalid({ invalid }: ChannelQuality, flag: InvalidFlag, example: string): void {
  invalid[flag].count++
  if (invalid[flag].examples.length < EXAMPLES_MAX) invalid[flag].examples.push(example)
}
