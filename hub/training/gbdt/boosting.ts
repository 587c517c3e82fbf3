/** The state of the boosting: every row's score, renewed after each tree. */
import type { Random } from '@fleetcast/shared/random.ts'
import type { Matrix } from '../matrix.ts'
import { applyBins, type Bins } from './bins.ts'
import { createTreeMemory, growTree, type Curvatures } from './grow-tree.ts'
import { packCurvatures, packGradients } from './histogram.ts'
import type { Loss } from './losses.ts'
import type { GbdtOptions } from './options.ts'
import { packCodes } from './packed-codes.ts'
import { sampleColumns, sampledColumns, sampleRows } from './sample.ts'
import { addBinnedTree, type Tree } from './tree.ts'

export type BoostingInput = {
  readonly matrix: Matrix
  readonly target: Float32Array
  /** How much each row counts, >= 0; null where all count the same. */
  readonly weights: Float32Array | null
  readonly bins: Bins
  readonly base: number
  readonly loss: Loss
  readonly options: GbdtOptions
}

export type Boosting = {
  /** Sum of gains by column. */
  readonly importance: Float64Array
  readonly grow: (random: Random) => Tree
}

export function createBoosting(input: BoostingInput): Boosting {
  const { matrix, target: targets, weights, bins, base, loss, options } = input
  const { rows: stride, columns: width } = matrix
  const codes = applyBins(matrix, bins)
  const standing = {
    targets,
    scores: new Float64Array(stride).fill(base),
    residuals: new Float64Array(stride),
  }
  const gradients = new Float64Array(stride)
  const packed = new Float64Array(stride)
  const slopes = weights === null && loss.curvatures === null ? null : createSlopes(input)
  const memory = createTreeMemory({
    rows: stride,
    columns: sampledColumns(width, options.columnShare),
    leavesMax: options.leavesMax,
    hasCurvatures: slopes !== null,
  })
  const importance = new Float64Array(width)
  const wordsOf = packOnce(codes, stride, width)
  const leafValue = (rows: Int32Array): number =>
    options.learningRate *
    loss.leafValue({ rows, residuals: standing.residuals, gradients, curvatures: slopes?.values ?? null })
  /** Where a tree saw every row, its leaves hold them all: no row has to be led through it. */
  const onLeaf = (rows: Int32Array, value: number): void => {
    if (options.rowShare < 1) return
    for (let i = 0; i < rows.length; i++) standing.scores[rows[i]!]! += value
  }
  return {
    importance,
    grow: (random) => {
      for (let i = 0; i < stride; i++) standing.residuals[i] = targets[i]! - standing.scores[i]!
      loss.gradients(standing, gradients)
      if (weights !== null) for (let i = 0; i < stride; i++) gradients[i]! *= weights[i]!
      const packing = packGradients(gradients, packed)
      const curvatures = slopes === null ? null : slopes.renew(standing)
      const rows = sampleRows(stride, options.rowShare, random)
      const columns = sampleColumns(width, options.columnShare, random)
      const words = wordsOf(columns)
      const onSplit = (column: number, gain: number): void => void (importance[column]! += gain)
      const data = { codes, words, bins, stride, packed, packing, curvatures, rows, columns }
      const tree = growTree({ ...options, ...data, memory, leafValue, onSplit, onLeaf })
      if (options.rowShare < 1) addBinnedTree(tree, codes, standing.scores)
      return tree
    },
  }
}

/** All columns are packed once; a sample of them is packed for its tree. */
function packOnce(codes: Uint8Array, stride: number, width: number): (columns: Int32Array) => Uint32Array {
  let all: Uint32Array | null = null
  return (columns) => {
    if (columns.length < width) return packCodes(codes, stride, columns)
    all ??= packCodes(codes, stride, columns)
    return all
  }
}

type Slopes = {
  /** Weight times second derivative of every row. */
  readonly values: Float64Array
  readonly renew: (standing: Parameters<Loss['gradients']>[0]) => Curvatures
}

function createSlopes({ matrix, weights, loss }: BoostingInput): Slopes {
  const values = new Float64Array(matrix.rows)
  const packed = new Float64Array(matrix.rows)
  return {
    values,
    renew: (standing) => {
      if (loss.curvatures === null) values.fill(1)
      else loss.curvatures(standing, values)
      if (weights !== null) for (let i = 0; i < values.length; i++) values[i]! *= weights[i]!
      return { packed, scale: packCurvatures(values, packed) }
    },
  }
}
