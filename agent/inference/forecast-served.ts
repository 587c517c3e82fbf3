/** What a station tells its own programs. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { forecastRange } from '@fleetcast/shared/recipe/target.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { addMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Interval } from './predict.ts'
import type { StationForecast } from './forecast-station.ts'

/** The station's own forecast; `model` null: persistence. */
export type ForecastServed = {
  readonly issuedAt: EpochMs
  readonly targetAt: EpochMs
  readonly value: number
  /** Lower and upper bound, where the model gives them. */
  readonly interval?: Interval
  readonly unit: string
  readonly model: BundleDigest | null
}

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
  return {
    issuedAt,
    targetAt: addMs(issuedAt, target.horizonSteps * cadenceMinutes * 60_000),
    unit,
    ...served,
  }
}
