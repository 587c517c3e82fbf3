/** Quality control of a station's rows in order: what a live station would refuse is marked and kept, never used. */
import {
  checkValue,
  QUALITY_START,
  type QualityFlag,
  type QualityState,
} from '@fleetcast/shared/quality/quality-control.ts'
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs, epochMsToHourText } from '@fleetcast/shared/units.ts'
import { EXAMPLES_MAX } from './dataset-report.ts'

export type InvalidFlag = Exclude<QualityFlag, 'ok' | 'missing'>

export type ChannelQuality = {
  /** Valid values. */
  present: number
  readonly invalid: Record<InvalidFlag, { count: number; readonly examples: string[] }>
}

/** A flag's place here is its code in snapshots and digests: new flags go to the end. */
export const FLAGS: readonly QualityFlag[] = ['ok', 'missing', 'range', 'step', 'flatline']

/** After so many missing intervals quality control remembers nothing that still ages. */
const SETTLED_INTERVALS = 24

/** The judge of one station. */
export class ChannelJudge {
  readonly qualities: readonly ChannelQuality[]
  readonly #channels: readonly SensorChannel[]
  readonly #states: QualityState[]

  constructor(channels: readonly SensorChannel[]) {
    this.#channels = channels
    this.#states = channels.map(() => QUALITY_START)
    this.qualities = channels.map(newQuality)
  }

  /** Writes one flag code a channel into `codes`; `missing` intervals have passed since the row before. */
  judge(
    row: { readonly at: number; readonly missing: number; readonly values: Float64Array },
    codes: Uint8Array,
  ): void {
    const skipped = Math.min(row.missing, SETTLED_INTERVALS)
    for (let i = 0; i < this.#channels.length; i++) {
      const channel = this.#channels[i]!
      const value = row.values[i]!
      let before = this.#states[i]!
      for (let k = 0; k < skipped; k++) before = checkValue(null, channel, before).state
      const { flag, state } = checkValue(value, channel, before)
      this.#states[i] = state
      codes[i] = FLAGS.indexOf(flag)
      if (flag === 'ok') this.qualities[i]!.present++
      else if (flag !== 'missing')
        noteInvalid(this.qualities[i]!, flag, () => `${epochMsToHourText(epochMs(row.at))} ${value}`)
    }
  }
}

const newQuality = (): ChannelQuality => ({
  present: 0,
  invalid: {
    range: { count: 0, examples: [] },
    step: { count: 0, examples: [] },
    flatline: { count: 0, examples: [] },
  },
})

function noteInvalid({ invalid }: ChannelQuality, flag: InvalidFlag, example: () => string): void {
  invalid[flag].count++
  if (invalid[flag].examples.length < EXAMPLES_MAX) invalid[flag].examples.push(example())
}
