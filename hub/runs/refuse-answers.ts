/** Answers that nothing can be judged by: refused with how often, where first, and what to do. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { widthOf } from '@fleetcast/shared/recipe/target.ts'
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Samples } from '../training/build-samples.ts'
import { sumsOfShares } from '../training/classification/ordered-classes.ts'

export type AnswerCode = 'import/notFinite' | 'import/notProbability' | 'import/crossedBounds'

/** What the model itself says: one value a sample, of classes the probability of each, row-major. */
type Unchanged = {
  readonly scored: Float32Array
  readonly bounds: { readonly lower: Float32Array; readonly upper: Float32Array } | null
}

type Asked = {
  readonly recipe: Recipe
  readonly samples: Samples
  /** Differences that mean nothing, units of the target. */
  readonly tolerance: number
}
type Refused = Result<never, Refusal<AnswerCode>> | null

/** Null where all of them are fit to be judged. */
export function refuseAnswers(input: Asked, { scored, bounds }: Unchanged): Refused {
  const { event, classes } = input.recipe.target
  return (
    notFinite(input, [scored, ...(bounds === null ? [] : [bounds.lower, bounds.upper])]) ??
    (event === undefined && classes === undefined ? null : notProbability(input, scored)) ??
    (classes === undefined ? null : notShares(input, scored)) ??
    (bounds === null ? null : crossed(input, bounds))
  )
}

function notFinite({ recipe, samples }: Asked, outputs: readonly Float32Array[]): Refused {
  for (const values of outputs) {
    const bad = values.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0)
      return refuse(
        'import/notFinite',
        `the model says ${values[bad]} to a window of ${timeOf(samples, Math.floor(bad / widthOf(recipe.target)))}; gaps come as NaN: put an imputer in front of it`,
      )
  }
  return null
}

/** A sum of a forest's shares may end a little above 1; what is further off was never a probability. */
const ROUNDING = 1e-4

function notProbability({ recipe, samples }: Asked, values: Float32Array): Refused {
  const width = widthOf(recipe.target)
  const isOutside = (p: number): boolean => p < -ROUNDING || p > 1 + ROUNDING
  const first = values.findIndex(isOutside)
  if (first < 0) return null
  const windows = new Set<number>()
  values.forEach((p, i) => isOutside(p) && windows.add(Math.floor(i / width)))
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  return refuse(
    'import/notProbability',
    `the model says numbers outside 0 to 1 to ${windows.size} of ${values.length / width} windows (${shown(least)} to ${shown(most)}; first ${shown(values[first]!)} to the one of ${timeOf(samples, Math.floor(first / width))}): name the output of its probabilities, or put a ${width > 1 ? 'softmax' : 'sigmoid'} behind its scores`,
    'output',
  )
}

/** What a station lets pass: weights stored in few bits add up to no better. */
const SUM_ROUNDING = 1e-3

function notShares({ recipe, samples }: Asked, values: Float32Array): Refused {
  const sums = sumsOfShares(values, widthOf(recipe.target))
  const isOff = (sum: number): boolean => Math.abs(sum - 1) > SUM_ROUNDING
  const rows = sums.reduce((n, sum) => n + (isOff(sum) ? 1 : 0), 0)
  if (rows === 0) return null
  const first = sums.findIndex(isOff)
  return refuse(
    'import/notProbability',
    `the probabilities of ${rows} of ${sums.length} windows do not add up to 1 (first to ${shown(sums[first]!)} at the one of ${timeOf(samples, first)}): put a softmax behind the scores`,
    'output',
  )
}

function crossed({ samples, tolerance }: Asked, { lower, upper }: NonNullable<Unchanged['bounds']>): Refused {
  const isCrossed = (low: number, row: number): boolean => low > upper[row]! + tolerance
  const rows = lower.reduce((n, low, row) => n + (isCrossed(low, row) ? 1 : 0), 0)
  if (rows === 0) return null
  const first = lower.findIndex(isCrossed)
  return refuse(
    'import/crossedBounds',
    `the lower bound lies above the upper one at ${rows} of ${lower.length} windows (first ${shown(lower[first]!)} above ${shown(upper[first]!)} at the one of ${timeOf(samples, first)}): ${rows === lower.length ? 'swap their names in interval' : 'sort the quantiles before export'}`,
    'interval',
  )
}

const timeOf = ({ timeSeconds }: Samples, row: number): string =>
  new Date(timeSeconds[row]! * 1_000).toISOString()
export const shown = (value: number): string => String(Number(value.toPrecision(4)))
