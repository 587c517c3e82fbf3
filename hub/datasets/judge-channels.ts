/** Quality control of a station's rows in order: what a live station would refuse is marked and kept, never used. */
import {
  checkValue,
  QUALITY_START,
  type QualityFlag,
  type QualityState,
} from '@fleetcast/shared/quality/quality-control.ts'
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { EXAMPLES_MAX } from './dataset-report.ts'
import { timeText } from './time-text.ts'

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

/** A row with one flag code a channel. */
export type JudgedRow = { readonly at: number; readonly values: Float64Array; readonly codes: Uint8Array }

const [OK, STEP] = [FLAGS.indexOf('ok'), FLAGS.indexOf('step')]

/**
 * The judge of one station. An import knows what a live station cannot: the next reading. A jump that the next reading confirms was a
 * true change, and its first value is accepted after all, so each row is given back when the one after it is known.
 */
export class ChannelJudge {
  readonly qualities: readonly ChannelQuality[]
  readonly #channels: readonly SensorChannel[]
  readonly #states: QualityState[]
  #held: JudgedRow | null = null

  constructor(channels: readonly SensorChannel[]) {
    this.#channels = channels
    this.#states = channels.map(() => QUALITY_START)
    this.qualities = channels.map(newQuality)
  }

  /** `missing` intervals have passed since the row before, which is given back with its final flags. */
  judge({
    at,
    missing,
    values,
  }: {
    readonly at: number
    readonly missing: number
    readonly values: Float64Array
  }) {
    const before = this.#held
    const codes = new Uint8Array(values.length)
    for (let i = 0; i < values.length; i++) codes[i] = this.#judgeValue({ at, missing, value: values[i]! }, i)
    this.#held = { at, values, codes }
    return before
  }

  /** The last row. */
  finish(): JudgedRow | null {
    const last = this.#held
    this.#held = null
    return last
  }

  #judgeValue(
    { at, missing, value }: { readonly at: number; readonly missing: number; readonly value: number },
    i: number,
  ): number {
    const channel = this.#channels[i]!
    let before = this.#states[i]!
    for (let k = Math.min(missing, SETTLED_INTERVALS); k > 0; k--)
      before = checkValue(null, channel, before).state
    const { flag, state } = checkValue(value, channel, before)
    this.#states[i] = state
    if (flag === 'ok') {
      this.qualities[i]!.present++
      if (this.#held?.codes[i] === STEP && isConfirmedBy(value, before, channel)) this.#acceptHeld(i)
    } else if (flag !== 'missing') {
      noteInvalid(this.qualities[i]!, flag, () => `${timeText(at)} ${value}`)
    }
    return FLAGS.indexOf(flag)
  }

  #acceptHeld(i: number): void {
    const { codes, at } = this.#held!
    codes[i] = OK
    const quality = this.qualities[i]!
    const { step } = quality.invalid
    quality.present++
    step.count--
    if (step.examples.at(-1)?.startsWith(timeText(at))) step.examples.pop()
  }
}

/** The value belongs to the level that was suspected, and lies nearer to it than to the level before. */
function isConfirmedBy(
  value: number,
  { suspect, lastValid }: QualityState,
  { stepMax }: Pick<SensorChannel, 'stepMax'>,
): boolean {
  if (suspect === null || lastValid === null) return false
  const away = Math.abs(value - suspect)
  return away <= stepMax && away < Math.abs(value - lastValid)
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
