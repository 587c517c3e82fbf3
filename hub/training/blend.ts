/** A weighted mean of several models: their errors differ, so it is steadier than each. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { Matrix } from './matrix.ts'
import type { TrainedModel } from './trained-model.ts'

/** The plain mean: no weights, hence nothing to fit. */
export function blendModels(members: readonly TrainedModel[]): TrainedModel {
  const [first, ...others] = members
  assert(first !== undefined, 'a blend has members')
  if (others.length === 0) return first
  return {
    ...blendOf(members),
    predict: (matrix) => {
      const sums = weightedSum(
        matrix,
        members,
        members.map(() => 1),
      )
      return Float32Array.from(sums, (sum) => sum / members.length)
    },
    emit: (graph, features) => {
      const outputs = members.map((member) => member.emit(graph, features))
      return graph.node('Mul', [graph.node('Sum', outputs), graph.scalar(1 / members.length)])
    },
  }
}

/** Members with weight 0 are left out. */
export function blendWeighted(members: readonly TrainedModel[], weights: readonly number[]): TrainedModel {
  assert(weights.length === members.length, 'every member has a weight')
  const used = members.filter((_, i) => weights[i]! !== 0)
  const shares = weights.filter((weight) => weight !== 0)
  const [first] = used
  assert(first !== undefined, 'one weight at least is not 0')
  if (used.length === 1 && shares[0] === 1) return first
  return {
    ...blendOf(used),
    predict: (matrix) => Float32Array.from(weightedSum(matrix, used, shares)),
    emit: (graph, features) => {
      const outputs = used.map((member, i) =>
        graph.node('Mul', [member.emit(graph, features), graph.scalar(shares[i]!)]),
      )
      return graph.node('Sum', outputs)
    },
  }
}

function weightedSum(
  matrix: Matrix,
  members: readonly TrainedModel[],
  weights: readonly number[],
): Float64Array {
  const said = members.map((member) => member.predict(matrix))
  const sums = new Float64Array(said[0]!.length)
  said.forEach((values, i) =>
    values.forEach((value, at) => {
      sums[at]! += weights[i]! * value
    }),
  )
  return sums
}

const blendOf = (
  members: readonly TrainedModel[],
): Pick<TrainedModel, 'algorithm' | 'rounds' | 'backend'> => ({
  algorithm: 'blend',
  rounds: members.length,
  backend: [...new Set(members.map(({ backend }) => backend))].join(' + '),
})
