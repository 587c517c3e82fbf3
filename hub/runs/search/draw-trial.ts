/** What a search may try: each algorithm's own defaults first, then settings drawn from the ranges that proved useful. */
import { assertNever } from '@fleetcast/shared/assert.ts'
import type { Random } from '@fleetcast/shared/random.ts'
import type { AlgorithmName } from '@fleetcast/shared/recipe/recipe.ts'
import type { AlgorithmSettings } from '../../training/fit-algorithm.ts'

export type Trial = { readonly algorithm: AlgorithmName; readonly settings: AlgorithmSettings }

/** `count` trials; the same random numbers give the same trials, and a longer list begins with a shorter one. */
export function drawTrials(
  algorithms: readonly AlgorithmName[],
  count: number,
  random: Random,
): readonly Trial[] {
  const defaults = algorithms.map((algorithm): Trial => ({ algorithm, settings: {} }))
  return Array.from(
    { length: Math.max(count, defaults.length) },
    (_, i) => defaults[i] ?? drawTrial(algorithms[i % algorithms.length]!, random.fork(`trial ${i}`)),
  )
}

function drawTrial(algorithm: AlgorithmName, random: Random): Trial {
  const one = <T>(choices: readonly T[]): T => choices[random.integer(choices.length)]!
  switch (algorithm) {
    case 'ridge':
      return { algorithm, settings: { ridge: { penalty: 10 ** (-5 + 5 * random.next()) } } }
    case 'gbdt':
      return {
        algorithm,
        settings: {
          gbdt: {
            leavesMax: one([6, 8, 12, 16, 24]),
            rowsInLeafMin: one([50, 100, 200, 400]),
            penalty: one([0, 1, 10]),
            columnShare: one([0.1, 0.2, 0.4, 0.7]),
            rowShare: one([0.3, 0.5, 0.8]),
            learningRate: one([0.03, 0.05, 0.08]),
          },
        },
      }
    case 'mlp':
      return {
        algorithm,
        settings: {
          mlp: {
            hidden: one([[32, 16], [64, 32], [64, 64], [96]]),
            batch: one([512, 1_024]),
            learningRate: one([2e-3, 4e-3, 6e-3]),
            epochs: one([8, 12, 16]),
            members: one([1, 2]),
            regularisation: {
              dropout: one([0.1, 0.2, 0.3, 0.4]),
              weightDecay: one([0.01, 0.1]),
              averaging: 0.998,
            },
          },
        },
      }
    case 'gru':
    case 'lstm':
      return {
        algorithm,
        settings: {
          recurrent: {
            units: one([8, 16, 32]),
            isNormalised: one([false, true]),
            dropout: one([0, 0.1, 0.3]),
            learningRate: one([1e-3, 2e-3, 4e-3]),
          },
        },
      }
    default:
      return assertNever(algorithm)
  }
}
