/**
 * Quality control of one channel, reading by reading: the same rule for an imported dataset and for a live sensor, so
 * a model never meets values in training that a station would have refused.
 */
import type { SensorChannel } from '../recipe/recipe.ts'

/** Changes whenever the same readings would be judged otherwise. */
export const QUALITY_RULES = 'fleetcast/quality/1'

export type QualityFlag = 'ok' | 'missing' | 'range' | 'step' | 'flatline'

type Limits = Pick<SensorChannel, 'min' | 'max' | 'stepMax' | 'flatlineReadings'>

/** What is remembered of a channel between two readings. */
export type QualityState = {
  readonly lastValid: number | null
  /** Intervals since the last valid value: the step rule holds for neighbours only. */
  readonly intervalsSinceValid: number
  /** A value that jumped; the next one confirms a new level or shows that it was a glitch. */
  readonly suspect: number | null
  readonly previousRaw: number | null
  /** Readings in a row with exactly the same value. */
  readonly repeats: number
}

export const QUALITY_START: QualityState = {
  lastValid: null,
  intervalsSinceValid: 0,
  suspect: null,
  previousRaw: null,
  repeats: 0,
}

/** Jumps are judged against a value at most this many intervals old; after a longer gap the weather may have moved. */
const STEP_INTERVALS_MAX = 3

export type QualityStep = { readonly flag: QualityFlag; readonly state: QualityState }

/** Judges the next reading of a channel (`null` or NaN: nothing came). Imports call it for every value: no object is spread. */
export function checkValue(value: number | null, limits: Limits, state: QualityState): QualityStep {
  const { lastValid, previousRaw, suspect } = state
  const intervalsSinceValid = state.intervalsSinceValid + 1
  if (value === null || !Number.isFinite(value)) {
    const { repeats } = state
    return {
      flag: 'missing',
      state: { lastValid, intervalsSinceValid, suspect: null, previousRaw, repeats },
    }
  }
  const repeats = value === previousRaw ? state.repeats + 1 : 1
  const refused = (flag: QualityFlag, suspicion: number | null): QualityStep => ({
    flag,
    state: { lastValid, intervalsSinceValid, suspect: suspicion, previousRaw: value, repeats },
  })
  if (value < limits.min || value > limits.max) return refused('range', null)
  if (limits.flatlineReadings !== null && repeats >= limits.flatlineReadings)
    return refused('flatline', suspect)
  if (isJump(value, limits, { lastValid, intervalsSinceValid, suspect })) return refused('step', value)
  return {
    flag: 'ok',
    state: { lastValid: value, intervalsSinceValid: 0, suspect: null, previousRaw: value, repeats },
  }
}

function isJump(
  value: number,
  limits: Limits,
  state: Pick<QualityState, 'lastValid' | 'intervalsSinceValid' | 'suspect'>,
): boolean {
  if (state.lastValid === null || state.intervalsSinceValid > STEP_INTERVALS_MAX) return false
  if (Math.abs(value - state.lastValid) <= limits.stepMax) return false
  const isConfirmed = state.suspect !== null && Math.abs(value - state.suspect) <= limits.stepMax
  return !isConfirmed
}
