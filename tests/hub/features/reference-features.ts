/** The features once more, written from their definitions in float64 and sharing no code with the graph. */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'

type Window = { readonly values: Float32Array; readonly timeSeconds: number }

export function referenceFeatures(recipe: Recipe, { values, timeSeconds }: Window): number[] {
  const channels = windowChannels(recipe)
  const at = (channel: string, step: number): number =>
    values[(recipe.windowSteps - 1 - step) * channels.length + channels.indexOf(channel)]!
  const newest = (channel: string, steps: number): number[] =>
    Array.from({ length: steps }, (_, step) => at(channel, step)).filter((x) => !Number.isNaN(x))
  return recipe.features.flatMap((spec): number[] => {
    if ('lag' in spec) return spec.steps.map((step) => at(spec.lag, step))
    if ('difference' in spec)
      return spec.steps.map((step) => at(spec.difference, 0) - at(spec.difference, step))
    if ('mean' in spec) return spec.steps.map((steps) => mean(newest(spec.mean, steps)))
    if ('range' in spec)
      return spec.steps.flatMap((steps) => {
        const present = newest(spec.range, steps)
        if (present.length === 0) return [Number.NaN, Number.NaN, Number.NaN]
        const [low, high] = [Math.min(...present), Math.max(...present)]
        return [low, high, high - low]
      })
    if ('calendar' in spec)
      return spec.calendar.flatMap((period) => {
        const seconds = period === 'day' ? 86_400 : 365.2425 * 86_400
        const phase = (timeSeconds % seconds) / seconds
        return Array.from({ length: spec.harmonics }, (_, k) => 2 * Math.PI * (k + 1) * phase).flatMap(
          (a) => [Math.sin(a), Math.cos(a)],
        )
      })
    if ('sun' in spec)
      return spec.sun.hoursBefore.map((hours) => {
        const ahead = recipe.target.horizonSteps * recipe.cadenceMinutes * 60 - hours * 3_600
        const place = { latitude: at('latitude', 0), longitude: at('longitude', 0) }
        return sinElevation({ timeSeconds, atSeconds: timeSeconds + ahead, ...place })
      })
    return spec.site.map((channel) => at(channel, 0))
  })
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

/** Spencer's declination at the time of the window, hour angle at the time asked for, no equation of time. */
function sinElevation(asked: {
  timeSeconds: number
  atSeconds: number
  latitude: number
  longitude: number
}): number {
  const year = 365.2425 * 86_400
  const g = (2 * Math.PI * (asked.timeSeconds % year)) / year
  const declination =
    0.006918 -
    0.399912 * Math.cos(g) +
    0.070257 * Math.sin(g) -
    0.006758 * Math.cos(2 * g) +
    0.000907 * Math.sin(2 * g)
  const solarHours = ((asked.atSeconds % 86_400) / 3_600 + asked.longitude / 15) % 24
  const hourAngle = ((solarHours - 12) * Math.PI) / 12
  const latitude = (asked.latitude * Math.PI) / 180
  const sine =
    Math.sin(latitude) * Math.sin(declination) +
    Math.cos(latitude) * Math.cos(declination) * Math.cos(hourAngle)
  return Math.max(0, sine)
}
