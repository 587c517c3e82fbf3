/** Gradient-boosted regression trees on histograms (after LightGBM, Ke et al. 2017): leaf-wise, bagged, early stopping. */
import type { Random } from '@fleetcast/shared/random.ts'
import type { Matrix } from '../matrix.ts'
import type { FitProgress, TrainedModel } from '../trained-model.ts'
import { applyBins, BINS_PER_COLUMN, makeBins, type Bins } from './bins.ts'
import { growTree } from './grow-tree.ts'
import { createScratch, packGradients } from './histogram.ts'
import { createLoss, type Loss, type LossName } from './losses.ts'
import { selectQuantile } from './select-quantile.ts'
import { addBinnedTree, addTree, emitTrees, type Tree } from './tree.ts'

export type GbdtOptions = {
  readonly loss: LossName
  /** Quantile sought by the quantile loss. */
  readonly level: number
  readonly rounds: number
  readonly learningRate: number
  readonly leavesMax: number
  readonly rowsInLeafMin: number
  /** Added to the row count of every leaf when its gain is judged. */
  readonly penalty: number
  /** Shares of rows and columns that each tree sees. */
  readonly rowShare: number
  readonly columnShare: number
  /** Rounds without a better validation loss that end the fit; 0 for none. */
  readonly patience: number
}

export const GBDT_DEFAULTS: GbdtOptions = {
  loss: 'l1',
  level: 0.5,
  rounds: 500,
  learningRate: 0.05,
  leavesMax: 16,
  rowsInLeafMin: 200,
  penalty: 1,
  rowShare: 0.5,
  columnShare: 0.3,
  patience: 40,
}

export type GbdtInput = {
  readonly matrix: Matrix
  readonly target: Float32Array
  readonly validation: { readonly matrix: Matrix; readonly target: Float32Array } | null
  readonly options: GbdtOptions
  readonly random: Random
  readonly onProgress: FitProgress
}

export type Gbdt = TrainedModel & {
  /** Sum of gains by column. */
  readonly importance: Float64Array
}

export async function fitGbdt(input: GbdtInput): Promise<Gbdt> {
  const { matrix, target, validation, options, random, onProgress } = input
  const loss = createLoss(options.loss, options.level)
  const bins = makeBins(matrix)
  const base = Math.fround(
    options.loss === 'l2' || options.loss === 'huber'
      ? meanOf(target)
      : selectQuantile(Float64Array.from(target), options.loss === 'quantile' ? options.level : 0.5),
  )
  const fit = createFit({ matrix, target, bins, base, loss, options })
  const held = validation === null ? null : holdOut(validation, { bins, base, loss })
  const trees: Tree[] = []
  let best = { rounds: options.rounds, loss: Infinity }
  for (let round = 0; round < options.rounds; round++) {
    const tree = fit.grow(random)
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
    importance: fit.importance,
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

type FitInput = Pick<GbdtInput, 'matrix' | 'target' | 'options'> & {
  readonly bins: Bins
  readonly base: number
  readonly loss: Loss
}

/** The state of the boosting: every row's residual, renewed after each tree. */
function createFit({ matrix, target, bins, base, loss, options }: FitInput) {
  const { rows: stride, columns: columnCount } = matrix
  const codes = applyBins(matrix, bins)
  const sums = new Float64Array(stride).fill(base)
  const residuals = new Float64Array(stride)
  const gradients = new Float64Array(stride)
  const packed = new Float64Array(stride)
  const pool = new Float64Array((options.leavesMax + 1) * columnCount * BINS_PER_COLUMN)
  const scratch = createScratch()
  const importance = new Float64Array(columnCount)
  const leafValue = (rows: Int32Array): number =>
    options.learningRate * loss.leafValue(gather(residuals, rows), gather(gradients, rows))
  return {
    importance,
    grow: (random: Random): Tree => {
      for (let i = 0; i < stride; i++) residuals[i] = target[i]! - sums[i]!
      loss.gradients(residuals, gradients)
      const tree = growTree({
        ...options,
        codes,
        bins,
        stride,
        packed,
        pool,
        scratch,
        leafValue,
        packing: packGradients(gradients, packed),
        rows: sampleShare(stride, options.rowShare, random),
        columns: sampleColumns(columnCount, options.columnShare, random),
        onSplit: (column, gain) => (importance[column]! += gain),
      })
      addBinnedTree(tree, codes, sums)
      return tree
    },
  }
}

function holdOut(
  validation: NonNullable<GbdtInput['validation']>,
  { bins, base, loss }: { bins: Bins; base: number; loss: Loss },
) {
  const codes = applyBins(validation.matrix, bins)
  const sums = new Float64Array(validation.matrix.rows).fill(base)
  return {
    add: (tree: Tree): number => {
      addBinnedTree(tree, codes, sums)
      return loss.mean(sums.map((sum, i) => validation.target[i]! - sum))
    },
  }
}

const meanOf = (values: Float32Array): number =>
  values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length)

function gather(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!
  return out
}

/** Each row with the given probability, in order. */
function sampleShare(n: number, share: number, random: Random): Int32Array {
  const rows = Int32Array.from({ length: n }, (_, i) => i)
  return share >= 1 ? rows : rows.filter(() => random.next() < share)
}

/** A fixed number of columns, in order (Fisher-Yates). */
function sampleColumns(n: number, share: number, random: Random): Int32Array {
  const columns = Int32Array.from({ length: n }, (_, i) => i)
  const kept = Math.max(1, Math.round(n * share))
  for (let i = 0; i < kept; i++) {
    const j = i + random.integer(n - i)
    const moved = columns[i]!
    columns[i] = columns[j]!
    columns[j] = moved
  }
  return columns.subarray(0, kept).sort()
}
