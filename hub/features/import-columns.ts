/** The columns that a model made elsewhere wants, as features of a recipe: which to compile, and where each column lies in them. */
import { featureProblem, type FeatureSpec } from '@fleetcast/shared/recipe/features.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ImportColumn } from '../onnx/import-signature.ts'
import { featureNames } from './feature-names.ts'

export type ColumnPlan = {
  /** Each different feature once. */
  readonly features: readonly FeatureSpec[]
  /** Column of the compiled matrix, by column of the model. */
  readonly picked: readonly number[]
}

export function planColumns(
  recipe: Recipe,
  columns: readonly ImportColumn[],
): Result<ColumnPlan, Refusal<'import/column'>> {
  const startByFeature = new Map<string, number>()
  const features: FeatureSpec[] = []
  const picked: number[] = []
  let width = 0
  for (const [i, { name, feature, take }] of columns.entries()) {
    const at = `input.columns.${i}`
    const problem = featureProblem(feature, recipe)
    if (problem !== null)
      return refuse('import/column', `column ${name}: ${problem.message}`, `${at}.feature`)
    const names = featureNames({ features: [feature] })
    if (take === undefined ? names.length !== 1 : take >= names.length)
      return refuse('import/column', `column ${name}: ${takeHint(names)}`, `${at}.take`)
    const key = JSON.stringify(feature)
    const start = startByFeature.get(key) ?? width
    if (start === width) {
      startByFeature.set(key, width)
      features.push(feature)
      width += names.length
    }
    picked.push(start + (take ?? 0))
  }
  return ok({ features, picked })
}

const takeHint = (names: readonly string[]): string =>
  `the feature makes ${names.length} columns, say which in take: ${names.map((name, i) => `${i} for ${name}`).join(', ')}`
