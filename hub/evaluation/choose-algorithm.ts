/**
 * The simplest algorithm that the best one does not clearly beat: a difference below one standard error of its daily means is
 * chance, and a smaller model costs every device less.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { ModelName } from '../training/trained-model.ts'
import { dailyDifferences } from './metrics.ts'

export type Candidate = {
  readonly algorithm: ModelName
  readonly validationMae: number
  /** Losses on the validation rows, the same rows for every candidate. */
  readonly losses: Float32Array
}

export type Choice = { readonly algorithm: ModelName; readonly reason: string }

const SIMPLEST_FIRST: readonly ModelName[] = ['ridge', 'gbdt', 'mlp', 'gru', 'lstm', 'blend']

/** `timeSeconds` is the event time of each validation row. */
export function chooseAlgorithm(candidates: readonly Candidate[], timeSeconds: ArrayLike<number>): Choice {
  const ordered = candidates.toSorted(
    (a, b) => SIMPLEST_FIRST.indexOf(a.algorithm) - SIMPLEST_FIRST.indexOf(b.algorithm),
  )
  const best = ordered.reduce<Candidate | null>(
    (lowest, next) => (lowest === null || next.validationMae < lowest.validationMae ? next : lowest),
    null,
  )
  assert(best !== null, 'a recipe names at least one algorithm')
  for (const simpler of ordered.slice(0, ordered.indexOf(best))) {
    const { mean, standardError } = meanDifference(simpler, best, timeSeconds)
    if (mean > standardError) continue
    const reason =
      mean <= 0
        ? `day by day ${best.algorithm} is no better`
        : `${best.algorithm} is ${mean.toFixed(4)} better a day, within one standard error of ${standardError.toFixed(4)}`
    return { algorithm: simpler.algorithm, reason }
  }
  return { algorithm: best.algorithm, reason: 'lowest validation error' }
}

function meanDifference(
  a: Candidate,
  b: Candidate,
  timeSeconds: ArrayLike<number>,
): { mean: number; standardError: number } {
  const days = dailyDifferences(a.losses, b.losses, timeSeconds)
  const mean = days.reduce((sum, day) => sum + day, 0) / days.length
  const squares = days.reduce((sum, day) => sum + (day - mean) ** 2, 0)
  return { mean, standardError: Math.sqrt(squares / Math.max(1, days.length - 1) / days.length) }
}
