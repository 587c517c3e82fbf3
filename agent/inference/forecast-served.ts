/** What a station tells its own programs. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { ClassForecast } from '@fleetcast/shared/protocol/telemetry.ts'
import { likeliestClass, type TargetClasses } from '@fleetcast/shared/recipe/classes.ts'
import { forecastRange } from '@fleetcast/shared/recipe/target.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { addMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Forecast, Interval } from './predict.ts'
import type { StationForecast } from './forecast-station.ts'

/** The station's own forecast; `model` null: persistence. */
export type ForecastServed = {
  readonly issuedAt: EpochMs
  readonly targetAt: EpochMs
  /** Of classes the mean place among them, 0 for the lowest. */
  readonly value: number
  /** Lower and upper bound, where the model gives them. */
  readonly interval?: Interval
  readonly unit: string
  readonly model: BundleDigest | null
} & Partial<Pick<ClassForecast, 'class' | 'probabilities'>>

/** Null when even persistence had no value. */
export function forecastServed(
  { channels, target, cadenceMinutes }: Recipe,
  issuedAt: EpochMs,
  { served }: StationForecast,
): ForecastServed | null {
  if (served === null) return null
  const { unit } = forecastRange(
    target,
    channels.find((channel) => channel.name === target.channel)!,
  )
  const { probabilities: _shares, ...said } = served
  return {
    issuedAt,
    targetAt: addMs(issuedAt, target.horizonSteps * cadenceMinutes * 60_000),
    unit,
    ...said,
    ...(target.classes === undefined ? {} : inClasses(target.classes, served)),
  }
}

/** The likeliest class by name, and the probability of each; persistence names one and gives none. */
function inClasses(
  { names }: TargetClasses,
  { value, probabilities }: Forecast,
): Partial<Pick<ForecastServed, 'class' | 'probabilities'>> {
  if (probabilities === undefined) return { class: names[value]! }
  return {
    class: names[likeliestClass(probabilities)]!,
    probabilities: names.map((name, k) => ({ class: name, probability: rounded(probabilities[k]!) })),
  }
}

/** To a hundredth of a per cent: nobody reads more. */
const rounded = (share: number): number => Math.round(share * 10_000) / 10_000

/** What the hub is told of it: classes that a model gave. */
export function classForecast(forecast: ForecastServed | null): ClassForecast | undefined {
  if (forecast?.class === undefined || forecast.probabilities === undefined) return undefined
  return { targetAt: forecast.targetAt, class: forecast.class, probabilities: forecast.probabilities }
}
