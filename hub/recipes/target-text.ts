/** What a recipe predicts, in words. No schema here: the dashboard says it as well. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

export function targetText({
  target: { channel, event, predict, horizonSteps },
  cadenceMinutes,
  channels,
}: Pick<Recipe, 'target' | 'cadenceMinutes' | 'channels'>): string {
  const unit = channels.find(({ name }) => name === channel)?.unit ?? ''
  const hours = (horizonSteps * cadenceMinutes) / 60
  if (event !== undefined)
    return `the probability that the ${event.of} of ${channel} within ${hours} h exceeds ${event.above} ${unit}`
  return predict === 'change'
    ? `how much ${channel} (${unit}) changes within ${hours} h`
    : `${channel} (${unit}) ${hours} h ahead`
}
