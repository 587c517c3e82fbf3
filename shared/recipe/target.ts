/** What a recipe predicts: a number at the end of the horizon, how much it changes until then, or whether something happens before. */
import * as z from 'zod'
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
  /** The objective: what models are fitted to, chosen by and judged by. `absolute`, the default, shrugs outliers off. */
  loss: z.enum(['absolute', 'squared']).optional(),
})
export type TargetSpec = z.infer<typeof TargetSpec>

/** What decides how a forecast is scored. */
export type Scored = Pick<TargetSpec, 'event' | 'loss'>

export const metricOf = ({ event, loss }: Scored): Metric =>
  event !== undefined ? 'brier' : loss === 'squared' ? 'mse' : 'mae'

export const lossOf = (target: Scored, error: number): number =>
  metricOf(target) === 'mae' ? Math.abs(error) : error * error

/** Unit and limits of what is forecast, from those of its channel. */
export function forecastRange(
  { predict, event }: TargetSpec,
  { unit, min, max }: { readonly unit: string; readonly min: number; readonly max: number },
): { readonly unit: string; readonly min: number; readonly max: number } {
  if (event !== undefined) return { unit: 'probability', min: 0, max: 1 }
  return predict === 'change' ? { unit, min: min - max, max: max - min } : { unit, min, max }
}
