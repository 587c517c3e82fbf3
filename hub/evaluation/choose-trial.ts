/**
 * The smallest trial that the best one does not clearly beat. Compared are daily means of paired losses on the same rows; their
 * standard error comes from whole blocks of days, since weather lasts longer than a day.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { dayBlockBootstrap } from '@fleetcast/shared/statistics/day-block-bootstrap.ts'
import { dailyDifferences, meanLoss } from './metrics.ts'

export type JudgedTrial = {
  /** Bytes of the exported model: what simpler means. */
  readonly bytes: number
  /** Losses on the held-out rows of all folds, the same rows for every trial. */
  readonly losses: Float32Array
}

export type TrialChoice = { readonly index: number; readonly reason: string }

/** Draws of the bootstrap follow from nothing but this, so that a run chooses the same again. */
const BOOTSTRAP_SEED = 1

/** `timeSeconds` is the event time of each held-out row. A trial that diverged is kept only where all of them did: no gate lets it through. */
export function chooseTrial(trials: readonly JudgedTrial[], timeSeconds: ArrayLike<number>): TrialChoice {
  assert(trials.length > 0, 'a search has one trial at least')
  const maes = trials.map(({ losses }) => knownOr(Infinity, meanLoss(losses)))
  const best = maes.indexOf(Math.min(...maes))
  const smallestFirst = [...trials.keys()]
    .filter((i) => i === best || maes[i]! < Infinity)
    .sort((a, b) => trials[a]!.bytes - trials[b]!.bytes || a - b)
  for (const index of smallestFirst) {
    if (index === best) break
    const days = dailyDifferences(trials[index]!.losses, trials[best]!.losses, timeSeconds)
    const { mean, standardError } = dayBlockBootstrap(days, { random: createRandom(BOOTSTRAP_SEED) })
    if (mean > standardError) continue
    const reason = `trial ${best + 1} is ${mean.toFixed(4)} better a day, within one standard error of ${standardError.toFixed(4)}, and larger`
    return { index, reason }
  }
  return { index: best, reason: 'lowest error over all folds' }
}

const knownOr = (instead: number, value: number): number => (Number.isNaN(value) ? instead : value)
