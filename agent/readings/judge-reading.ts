/** One reading through quality control, with the intervals that were skipped before it. Pure. */
import type { QualityFlag } from '@fleetcast/shared/quality/quality-control.ts'
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { skipIntervals, stepChannel, type ChannelState } from './channel-state.ts'

export type JudgedReading = {
  /** In the order of the recipe's channels. */
  readonly flags: readonly QualityFlag[]
  /** NaN unless the flag is ok. */
  readonly valid: readonly number[]
  readonly states: readonly ChannelState[]
}

export function judgeReading(
  channels: readonly SensorChannel[],
  before: readonly ChannelState[],
  { values, at, skipped }: { values: readonly (number | null)[]; at: EpochMs; skipped: number },
): JudgedReading {
  const steps = channels.map((channel, i) =>
    stepChannel(skipIntervals(before[i]!, channel, skipped), channel, { value: values[i] ?? null, at }),
  )
  return {
    flags: steps.map((step) => step.flag),
    valid: steps.map((step, i) => (step.flag === 'ok' ? values[i]! : Number.NaN)),
    states: steps.map((step) => step.state),
  }
}
