/** Windows as a failing station sends them: what parity and golden vectors have to cover beside clean ones. */
import type { Random } from '@fleetcast/shared/random.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

export type Damage = 'none' | 'gaps' | 'oneChannel' | 'allSensors' | 'extremes'

export const DAMAGES: readonly Damage[] = ['none', 'gaps', 'oneChannel', 'allSensors', 'extremes']

const GAP_SHARE = 0.2

/** Changes one window, row-major [windowSteps, channels], in place; site channels stay. */
export function damageWindow(
  window: Float32Array,
  damage: Damage,
  { recipe, random }: { readonly recipe: Recipe; readonly random: Random },
): void {
  if (damage === 'none') return
  const sensors = recipe.channels.length
  const width = window.length / recipe.windowSteps
  const lost = random.integer(sensors)
  const replaced: Record<Exclude<Damage, 'none'>, (value: number, channel: number) => number> = {
    gaps: (value) => (random.next() < GAP_SHARE ? Number.NaN : value),
    oneChannel: (value, channel) => (channel === lost ? Number.NaN : value),
    allSensors: () => Number.NaN,
    extremes: (_value, channel) => recipe.channels[channel]![random.next() < 0.5 ? 'min' : 'max'],
  }
  for (let row = 0; row < recipe.windowSteps; row++)
    for (let channel = 0; channel < sensors; channel++) {
      const at = row * width + channel
      window[at] = replaced[damage](window[at]!, channel)
    }
}
