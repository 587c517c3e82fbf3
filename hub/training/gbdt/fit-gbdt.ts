/** Gradient-boosted trees on histograms (after LightGBM, Ke et al. 2017): leaf-wise, bagged, early stopping. */
import type { Random } from '@fleetcast/shared/random.ts'
import type { Matrix } from '../matrix.ts'
import type { FitProgress, TrainedModel } from '../trained-model.ts'
import { applyBins, makeBins, type Bins } from './bins.ts'
import { createBoosting } from './boosting.ts'
import { createLoss, type Loss } from './losses.ts'
import type { GbdtOptions } from './options.ts'
import { addBinnedTree, addTree, emitTrees, type Tree } from './tree.ts'

export type GbdtInput = {
  readonly matrix: Matrix
  /** 0 or 1 for the logistic loss. */
  readonly target: Float32Array
  /** How much each row counts, >= 0; all the same where it is absent. Validation rows always count the same. */
  readonly weights?: Float32Array
  readonly validation: { readonly matrix: Matrix; readonly target: Float32Array } | null
  readonly options: GbdtOptions
  readonly random: Random
  readonly onProgress: FitProgress
}

export type Gbdt = TrainedModel & {
  /** Sum of gains by column. */
  readonly importance: Float64Array
}

/** Predicts the target, or log odds for the logistic loss. */
export async function fitGbdt(input: GbdtInput): Promise<Gbdt> {
  const { matrix, target, validation, options, random, onProgress } = input
  const weights = input.weights ?? null
  const loss = createLoss(options.loss, options.level)
  const bins = makeBins(matrix)
  const base = Math.fround(loss.base(target, weights))
  const boosting = createBoosting({ matrix, target, weights, bins, base, loss, options })
  const held = validation === null ? null : holdOut(validation, { bins, base, loss })
  const trees: Tree[] = []
  let best = { rounds: options.rounds, loss: Infinity }
  for (let round = 0; round < options.rounds; round++) {
    const tree = boosting.grow(random)
    trees.push(tree)
    if (held !== null) {
      const validationLoss = held.add(tree)
      if (validationLoss < best.loss) best = { rounds: round + 1, loss: validationLoss }
      else if (options.patience > 0 && round + 1 - best.rounds >= options.patience) break
    }
    await onProgress(
      (round + 1) / options.rounds,
      progressText(round + 1, options.rounds, held === null ? null : best.loss),
    )
  }
  const kept = held === null ? trees : trees.slice(0, best.rounds)
  return {
    algorithm: 'gbdt',
    backend: 'native',
    rounds: kept.length,
    importance: boosting.importance,
    predict: (other) => predictTrees(kept, base, other),
    emit: (graph, features) => emitTrees(graph, features, { trees: kept, base }),
  }
}

const progressText = (round: number, rounds: number, loss: number | null): string =>
  loss === null
    ? `tree ${round} of ${rounds}`
    : `tree ${round} of at most ${rounds}, validation ${loss.toFixed(3)}`

/** Leaves are summed in float64 and rounded once. */
function predictTrees(trees: readonly Tree[], base: number, matrix: Matrix): Float32Array {
  const sums = new Float64Array(matrix.rows)
  for (const tree of trees) addTree(tree, matrix, sums)
  return Float32Array.from(sums, (sum) => sum + base)
}

function holdOut(
  { matrix, target }: NonNullable<GbdtInput['validation']>,
  { bins, base, loss }: { bins: Bins; base: number; loss: Loss },
) {
  const codes = applyBins(matrix, bins)
  const scores = new Float64Array(matrix.rows).fill(base)
  return {
    add: (tree: Tree): number => {
      addBinnedTree(tree, codes, scores)
      return loss.mean(target, scores)
    },
  }
}
