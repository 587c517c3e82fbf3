/** One recipe whose series hold what both models read: models of different recipes can then be compared on the same windows. */
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { StationSeries } from '../../datasets/station-series.ts'

export type JointCode = 'compare/otherTarget' | 'compare/otherChannels'

const targetText = ({ channels, target, cadenceMinutes }: Recipe): string => {
  const unit = channels.find(({ name }) => name === target.channel)?.unit ?? ''
  const { channel, horizonSteps, ...rest } = target
  const more = Object.values(rest).length > 0 ? ` ${JSON.stringify(rest)}` : ''
  return `${channel} in ${unit}, ${horizonSteps} steps of ${cadenceMinutes} minutes ahead${more}`
}

/** The first recipe with the channels of the second one added. */
export function jointRecipe(first: Recipe, second: Recipe): Result<Recipe, Refusal<JointCode>> {
  const [one, other] = [targetText(first), targetText(second)]
  if (one !== other)
    return refuse(
      'compare/otherTarget',
      `${first.name} forecasts ${one}, ${second.name} ${other}: their errors cannot be compared`,
    )
  const added = second.channels.filter(({ name }) => !first.channels.some((channel) => channel.name === name))
  const differing = second.channels.find(({ name, unit }) =>
    first.channels.some((channel) => channel.name === name && channel.unit !== unit),
  )
  if (differing !== undefined)
    return refuse(
      'compare/otherChannels',
      `the two recipes measure ${differing.name} in different units; one dataset cannot feed both`,
    )
  const joint = Recipe.safeParse({ ...first, channels: [...first.channels, ...added] })
  if (joint.success) return ok(joint.data)
  return refuse(
    'compare/otherChannels',
    `the two recipes together have ${first.channels.length + added.length} channels, more than a window may have`,
  )
}

/** The channels of `recipe` out of series that hold those of `joint`. */
export function seriesFor(
  recipe: Recipe,
  joint: Recipe,
  series: readonly StationSeries[],
): readonly StationSeries[] {
  const places = recipe.channels.map(({ name }) =>
    joint.channels.findIndex((channel) => channel.name === name),
  )
  const width = joint.channels.length
  if (places.length === width && places.every((place, i) => place === i)) return series
  return series.map((station) => {
    const values = new Float32Array(station.steps * places.length)
    for (let step = 0; step < station.steps; step++)
      places.forEach((place, i) => {
        values[step * places.length + i] = station.values[step * width + place]!
      })
    return { ...station, values }
  })
}
