/**
 * What a recipe predicts: a number at the end of the horizon, how much it changes until then, whether something happens before, or which
 * class the number falls into.
 */
import * as z from 'zod'
import { rankedProbabilityScore, TargetClasses } from './classes.ts'
import type { Metric } from './metric.ts'

export const TargetEvent = z.strictObject({
  /** Over the readings after the one that the forecast is made at, the horizon's last one included. */
  of: z.enum(['sum', 'max', 'min']),
  /** It happens when the sum (maximum, minimum) exceeds this; unit of the channel. */
  above: z.number(),
})
export type TargetEvent = z.infer<typeof TargetEvent>

export const TargetSpec = z.strictObject({
  channel: z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/, 'a channel name is camelCase'),
  horizonSteps: z.int().min(1).max(240),
  /** `value`, which is also meant where nothing is said: the channel at the end of the horizon; `change`: that less its value now. */
  predict: z.enum(['value', 'change']).optional(),
  /** A yes or no instead of a number; the forecast is a probability. */
  event: TargetEvent.optional(),
  /** One of a few ordered classes instead of a number; the forecast is the probability of each. */
  classes: TargetClasses.optional(),
  /** The objective: what models are fitted to, chosen by and judged by. `absolute`, the default, shrugs outliers off. */
  loss: z.enum(['absolute', 'squared']).optional(),
})
export type TargetSpec = z.infer<typeof TargetSpec>

/** What decides how a forecast is scored. */
export type Scored = Pick<TargetSpec, 'event' | 'classes' | 'loss'>

export const metricOf = ({ event, classes, loss }: Scored): Metric =>
  classes !== undefined ? 'rps' : event !== undefined ? 'brier' : loss === 'squared' ? 'mse' : 'mae'

/** A forecast as it is scored: one number, or the probability of every class. */
export type Said = number | ArrayLike<number>

/** What a forecast costs. One number where classes are predicted is a class that counts as certain: so says persistence. */
export function lossOf(target: Scored, said: Said, truth: number): number {
  if (typeof said !== 'number') return rankedProbabilityScore(said, truth)
  const error = said - truth
  if (target.classes !== undefined) return Math.abs(error) / target.classes.limits.length
  return metricOf(target) === 'mae' ? Math.abs(error) : error * error
}

/** Numbers that one forecast is made of: the probabilities of classes, else one. */
export const widthOf = ({ classes }: Scored): number => classes?.names.length ?? 1

/** Output of a model that is scored. */
export const scoredOutput = ({ classes }: Scored): string =>
  classes === undefined ? 'prediction' : 'probabilities'

/** Unit and limits of what is forecast, from those of its channel; of classes those of the mean place among them. */
export function forecastRange(
  { predict, event, classes }: TargetSpec,
  { unit, min, max }: { readonly unit: string; readonly min: number; readonly max: number },
): { readonly unit: string; readonly min: number; readonly max: number } {
  if (classes !== undefined) return { unit: 'class', min: 0, max: classes.limits.length }
  if (event !== undefined) return { unit: 'probability', min: 0, max: 1 }
  return predict === 'change' ? { unit, min: min - max, max: max - min } : { unit, min, max }
}
