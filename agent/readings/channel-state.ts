/** What a station remembers of each channel from reading to reading: quality control and health. Pure. */
import type { ChannelHealth } from '@fleetcast/shared/protocol/telemetry.ts'
import { FLAG_LETTER } from '@fleetcast/shared/quality/flag-letters.ts'
import {
  checkValue,
  QUALITY_START,
  type QualityFlag,
  type QualityState,
} from '@fleetcast/shared/quality/quality-control.ts'
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'

/** A channel is dead after this many intervals in a row without any value. */
export const DEAD_INTERVALS = 24
/** A channel fails when a quarter of its last 48 values was flagged, or while it is stuck. */
export const FAILING_READINGS = 48
export const FAILING_SHARE = 0.25

export type ChannelState = {
  readonly quality: QualityState
  readonly missingRun: number
  /** Flag letters of the last 48 values that came, oldest first. */
  readonly recent: string
  readonly lastValidAt: EpochMs | null
}

export const CHANNEL_START: ChannelState = {
  quality: QUALITY_START,
  missingRun: 0,
  recent: '',
  lastValidAt: null,
}

export type ChannelStep = { readonly flag: QualityFlag; readonly state: ChannelState }

/** One interval of one channel. */
export function stepChannel(
  state: ChannelState,
  limits: SensorChannel,
  { value, at }: { value: number | null; at: EpochMs },
): ChannelStep {
  const { flag, state: quality } = checkValue(value, limits, state.quality)
  if (flag === 'missing') return { flag, state: { ...state, quality, missingRun: state.missingRun + 1 } }
  const recent = state.recent.slice(1 - FAILING_READINGS) + FLAG_LETTER[flag]
  const lastValidAt = flag === 'ok' ? at : state.lastValidAt
  return { flag, state: { quality, missingRun: 0, recent, lastValidAt } }
}

/** Intervals that were skipped altogether: as missing as a null. */
export function skipIntervals(state: ChannelState, limits: SensorChannel, intervals: number): ChannelState {
  if (intervals === 0) return state
  // Whatever quality control remembers of ages is settled after a handful of intervals; the count is exact.
  let { quality } = state
  for (let i = 0; i < Math.min(intervals, DEAD_INTERVALS); i++)
    quality = checkValue(null, limits, quality).state
  return { ...state, quality, missingRun: state.missingRun + intervals }
}

export function healthOf(channel: string, state: ChannelState): ChannelHealth {
  const { lastValidAt } = state
  if (state.missingRun >= DEAD_INTERVALS) return { channel, state: 'dead', reason: 'missing', lastValidAt }
  if (state.recent.endsWith(FLAG_LETTER.flatline))
    return { channel, state: 'failing', reason: 'flatline', lastValidAt }
  const counts = FAULTS.map((flag) => ({ flag, n: state.recent.split(FLAG_LETTER[flag]).length - 1 }))
  const flagged = counts.reduce((sum, { n }) => sum + n, 0)
  // A quarter of 48, also while fewer have come: one glitch on the first day is no failing sensor.
  if (flagged < FAILING_READINGS * FAILING_SHARE) return { channel, state: 'ok', reason: 'none', lastValidAt }
  const commonest = counts.reduce((best, count) => (count.n > best.n ? count : best))
  return { channel, state: 'failing', reason: commonest.flag, lastValidAt }
}

const FAULTS = ['range', 'step', 'flatline'] as const
