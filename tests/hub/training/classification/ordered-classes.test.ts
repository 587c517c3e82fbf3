import { createRandom } from '@fleetcast/shared/random.ts'
import { rankedProbabilityScore } from '@fleetcast/shared/recipe/classes.ts'
import { describe, expect, test } from 'vitest'
import { tensorflow } from '../../../../hub/adapters/tensorflow.ts'
import { blendModels } from '../../../../hub/training/blend.ts'
import {
  classModel,
  emitMeanPlace,
  fitCalibrations,
  meanPlaces,
  sharesOfScores,
} from '../../../../hub/training/classification/ordered-classes.ts'
import { fitAlgorithm, type LabelledMatrix } from '../../../../hub/training/fit-algorithm.ts'
import type { TrainedModel } from '../../../../hub/training/trained-model.ts'
import { labelled, largestDifference, runEmitted } from '../matrices.ts'

const classes = { limits: [-1, 0.5, 2], names: ['a', 'b', 'c', 'd'] }
const WIDTH = 4

/** The class of 1.5 times the first column plus noise; the second column says how much noise. */
function classified(seed: number, rows = 4_000): LabelledMatrix {
  const random = createRandom(200 + seed)
  const { matrix } = labelled({ rows, columns: 3, seed, gapShare: 0.05 }, () => 0)
  const target = Float32Array.from({ length: rows }, (_, i) => {
    const [a, b] = [matrix.data[i]! || 0, matrix.data[rows + i]! || 0]
    const value = 1.5 * a + (b > 0 ? 1.2 : 0.4) * random.normal()
    return classes.limits.filter((limit) => value > limit).length
  })
  return { matrix, target }
}

const fit = (algorithm: 'ridge' | 'gbdt'): Promise<TrainedModel> =>
  fitAlgorithm(algorithm, {
    training: classified(1),
    validation: classified(2),
    rounds: null,
    settings: { gbdt: { rounds: 80 } },
    layout: null,
    scored: { classes },
    seed: 1,
    network: tensorflow,
    onProgress: async () => {},
  })

async function calibrated(): Promise<TrainedModel> {
  const score = blendModels([await fit('ridge'), await fit('gbdt')])
  const { matrix, target } = classified(2)
  return classModel(score, fitCalibrations(score.predict(matrix), target, classes.limits.length))
}

const rowsOf = (shares: Float32Array): readonly Float32Array[] =>
  Array.from({ length: shares.length / WIDTH }, (_, row) => shares.subarray(row * WIDTH, (row + 1) * WIDTH))

describe('ordered classes', () => {
  test('become questions whose answers add up to 1 and never fall below 0, also where they contradict each other', () => {
    // Above the second limit is said to be likelier than above the first.
    const shares = sharesOfScores(Float32Array.of(-1, 1, -3, 2, 2, 2), 3)
    for (const row of rowsOf(shares)) {
      expect(row.every((share) => share >= 0)).toBe(true)
      expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
    }
    expect(shares[1]).toBe(0)
  })
  test('are told better by their blend than by how often they come, and come as often as is said', async () => {
    const model = await calibrated()
    const { matrix, target } = classified(3)
    const rows = rowsOf(model.predict(matrix))
    const mean = (of: (row: number) => number): number =>
      target.reduce((sum, _, row) => sum + of(row), 0) / target.length
    const often = classes.names.map((_, k) => mean((row) => (target[row] === k ? 1 : 0)))
    const score = mean((row) => rankedProbabilityScore(rows[row]!, target[row]!))
    expect(score).toBeLessThan(0.6 * mean((row) => rankedProbabilityScore(often, target[row]!)))
    classes.names.forEach((_, k) =>
      expect(Math.abs(mean((row) => rows[row]![k]!) - often[k]!)).toBeLessThan(0.02),
    )
    const sure = [...target.keys()].filter((row) => rows[row]![3]! > 0.3 && rows[row]![3]! < 0.7)
    const came = sure.filter((row) => target[row] === 3).length / sure.length
    expect(sure.length).toBeGreaterThan(100)
    expect(Math.abs(came - sure.reduce((sum, row) => sum + rows[row]![3]!, 0) / sure.length)).toBeLessThan(
      0.1,
    )
  })
  test('say the same in the graph, and so does their mean place', async () => {
    const model = await calibrated()
    const { matrix } = classified(3, 1_000)
    const said = model.predict(matrix)
    expect(largestDifference(await runEmitted(model, matrix, WIDTH), said)).toBeLessThan(1e-5)
    const emit: TrainedModel['emit'] = (graph, features) =>
      emitMeanPlace(graph, model.emit(graph, features), WIDTH)
    const places = meanPlaces(said, WIDTH)
    expect(places[7]).toBeCloseTo(said[29]! + 2 * said[30]! + 3 * said[31]!, 5)
    expect(largestDifference(await runEmitted({ emit }, matrix), places)).toBeLessThan(1e-5)
  })
})
