/** The plain mean of several models: their errors differ, so it is steadier than each. No weights, hence nothing to fit. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { TrainedModel } from './trained-model.ts'

export function blendModels(members: readonly TrainedModel[]): TrainedModel {
  const [first, ...others] = members
  assert(first !== undefined, 'a blend has members')
  if (others.length === 0) return first
  return {
    algorithm: 'blend',
    rounds: members.length,
    backend: [...new Set(members.map(({ backend }) => backend))].join(' + '),
    predict: (matrix) => {
      const sums = new Float64Array(matrix.rows)
      for (const member of members)
        member.predict(matrix).forEach((value, row) => {
          sums[row]! += value
        })
      return Float32Array.from(sums, (sum) => sum / members.length)
    },
    emit: (graph, features) => {
      const outputs = members.map((member) => member.emit(graph, features))
      return graph.node('Mul', [graph.node('Sum', outputs), graph.scalar(1 / members.length)])
    },
  }
}
