/** What a recipe predicts, in words. No schema here: the dashboard says it as well. */
import type { TargetClasses } from '@fleetcast/shared/recipe/classes.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

export function targetText({
  target: { channel, event, classes, predict, horizonSteps },
  cadenceMinutes,
  channels,
}: Pick<Recipe, 'target' | 'cadenceMinutes' | 'channels'>): string {
  const unit = channels.find(({ name }) => name === channel)?.unit ?? ''
  const hours = (horizonSteps * cadenceMinutes) / 60
  if (event !== undefined)
    return `the probability that the ${event.of} of ${channel} within ${hours} h exceeds ${event.above} ${unit}`
  if (classes !== undefined)
    return `how likely ${classes.of === undefined ? `${channel} ${hours} h ahead` : `the ${classes.of} of ${channel} within ${hours} h`} is ${classesText(classes, unit)}`
  return predict === 'change'
    ? `how much ${channel} (${unit}) changes within ${hours} h`
    : `${channel} (${unit}) ${hours} h ahead`
}

/** `calm (up to 2 m/s), light (up to 5.5 m/s) or fresh`. */
const classesText = ({ limits, names }: TargetClasses, unit: string): string =>
  `${limits.map((limit, k) => `${names[k]} (up to ${limit} ${unit})`).join(', ')} or ${names.at(-1)}`
