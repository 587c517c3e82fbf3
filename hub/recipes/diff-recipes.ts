/** What changes when one recipe takes the place of another. Pure. */
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { weakerLimits } from '@fleetcast/shared/recipe/weaker-limits.ts'

export type RecipeChange = {
  /** `rollout.alpha`, `channels.2.max`. */
  readonly path: string
  /** JSON; null where there was nothing, or will be. */
  readonly before: string | null
  readonly after: string | null
  /** What a station measures or sends to the model changes: a station enrolled with the old one no longer fits. */
  readonly isShape: boolean
}

/** Everything a station was enrolled to: its readings, its windows and what its forecasts mean. */
const SHAPE = /^(cadenceMinutes|channels|siteChannels|target|windowSteps)\b/

/** Changed values in the order of the keys; a list is compared place by place. */
export const diffRecipes = (before: Recipe, after: Recipe): readonly RecipeChange[] =>
  changesBetween('', before, after).map((change) => ({ ...change, isShape: SHAPE.test(change.path) }))

/** Gate limits that let more through than before; of a recipe that is new, than the defaults. */
export const weakenedLimits = (before: Recipe | null, after: Recipe): readonly string[] =>
  weakerLimits(gatePolicyOf(after), gatePolicyOf(before ?? {}))

type Change = Omit<RecipeChange, 'isShape'>

function changesBetween(path: string, before: unknown, after: unknown): readonly Change[] {
  if (isTree(before) && isTree(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) =>
      changesBetween(path === '' ? key : `${path}.${key}`, before[key], after[key]),
    )
  }
  const [old, now] = [textOf(before), textOf(after)]
  return old === now ? [] : [{ path, before: old, after: now }]
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const textOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
