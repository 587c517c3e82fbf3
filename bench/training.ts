/** CPU time of fitting each algorithm with its own defaults, on one synthetic matrix; one thread. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { tensorflow } from '@fleetcast/hub/adapters/tensorflow.ts'
import { fitAlgorithm, type LabelledMatrix } from '@fleetcast/hub/training/fit-algorithm.ts'
import type { TrainedModel } from '@fleetcast/hub/training/trained-model.ts'
import type { BenchRow } from './bench-row.ts'

const ROWS = 20_000
const COLUMNS = 45
const SCALED_TO = 100_000

export async function benchTraining(print: (row: BenchRow) => void): Promise<void> {
  const training = syntheticMatrix()
  const secondsOfRidge = await secondsOf('ridge', training, print)
  for (const algorithm of ['gbdt', 'mlp'] as const) {
    const seconds = await secondsOf(algorithm, training, print)
    print({
      bench: 'training',
      metric: `cpuRatio.${algorithm}`,
      value: round(seconds / secondsOfRidge),
      unit: 'ratio',
      against: 'ridge, same matrix, same run',
      conditions: conditionsOf('all rounds of the defaults, no early stopping'),
    })
  }
}

async function secondsOf(
  algorithm: 'ridge' | 'gbdt' | 'mlp',
  training: LabelledMatrix,
  print: (row: BenchRow) => void,
): Promise<number> {
  const startedAt = process.cpuUsage()
  const model = await fitAlgorithm(algorithm, {
    training,
    validation: null,
    rounds: null,
    layout: null,
    scored: {},
    seed: 1,
    network: tensorflow,
    onProgress: () => Promise.resolve(),
  })
  const { user, system } = process.cpuUsage(startedAt)
  const seconds = (user + system) / 1e6
  print({
    bench: 'training',
    metric: `cpuSPer100kRows.${algorithm}`,
    value: round((seconds * SCALED_TO) / ROWS),
    unit: 's',
    against: 'none',
    conditions: conditionsOf(`${roundsText(model)} on ${model.backend}, scaled up from ${ROWS} rows`),
  })
  return seconds
}

const roundsText = ({ algorithm, rounds }: TrainedModel): string =>
  ({
    ridge: `${rounds} reweightings`,
    gbdt: `${rounds} trees`,
    mlp: `${rounds} epochs`,
    gru: `${rounds} epochs`,
    lstm: `${rounds} epochs`,
    blend: '',
  })[algorithm]

const conditionsOf = (what: string): string =>
  `${ROWS} rows x ${COLUMNS} columns, 2 % missing; ${what}; Node ${process.versions.node} ${process.arch}`

const round = (value: number): number => Math.round(value * 100) / 100

/** A line, a bend and a step in noise. */
function syntheticMatrix(): LabelledMatrix {
  const random = createRandom(45)
  const data = Float32Array.from({ length: ROWS * COLUMNS }, () => random.normal())
  const target = Float32Array.from({ length: ROWS }, (_, i) => {
    const [line, bend, step] = [data[i]!, Math.abs(data[ROWS + i]!), data[2 * ROWS + i]! > 0.5 ? 1 : 0]
    return line + bend + step + random.normal()
  })
  for (let i = 0; i < data.length; i++) if (random.next() < 0.02) data[i] = Number.NaN
  return { matrix: { rows: ROWS, columns: COLUMNS, data }, target }
}
