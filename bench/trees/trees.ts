/** Our gradient-boosted trees beside scikit-learn's and xgboost's, same data, same run, one thread each. */
import { fitGbdt } from '@fleetcast/hub/training/gbdt/fit-gbdt.ts'
import { GBDT_DEFAULTS } from '@fleetcast/hub/training/gbdt/options.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { BenchRow } from '../bench-row.ts'
import { cpuSeconds } from '../cpu-seconds.ts'
import { runPeers, type PeerScore } from './peers.ts'
import { treeTasks, type TreeTask } from './tree-tasks.ts'

type Own = { readonly cpuSeconds: number; readonly score: number }

export async function benchTrees(print: (row: BenchRow) => void): Promise<void> {
  const tasks = await treeTasks()
  const peers = runPeers(tasks) ?? []
  for (const task of tasks) {
    const own = await fitOwn(task)
    const ofTask = peers.filter(({ task: name, loss }) => name === task.name && loss === task.loss)
    reportTask(print, task, { own, peers: ofTask })
  }
}

async function fitOwn({ train, test, loss, rounds, leaves, ...options }: TreeTask): Promise<Own> {
  const startedAt = cpuSeconds()
  const model = await fitGbdt({
    matrix: train.matrix,
    target: train.target,
    validation: null,
    options: {
      ...GBDT_DEFAULTS,
      ...options,
      loss,
      rounds,
      leavesMax: leaves,
      rowShare: 1,
      columnShare: 1,
    },
    random: createRandom(1),
    onProgress: async () => {},
  })
  const seconds = cpuSeconds() - startedAt
  const errors = model.predict(test.matrix).map((y, i) => y - test.target[i]!)
  const score =
    loss === 'l1'
      ? errors.reduce((sum, e) => sum + Math.abs(e), 0) / errors.length
      : Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)
  return { cpuSeconds: seconds, score }
}

function reportTask(
  print: (row: BenchRow) => void,
  { name, loss, rounds, leaves, train, test }: TreeTask,
  { own, peers }: { own: Own; peers: readonly PeerScore[] },
): void {
  const conditions =
    `${train.matrix.rows} x ${train.matrix.columns}, ${rounds} trees of ${leaves} leaves, all rows and columns, one thread; ` +
    `judged on ${test.matrix.rows} other rows; Node ${process.versions.node} ${process.arch}`
  const error = loss === 'l1' ? 'mae' : 'rmse'
  const row = (metric: string, value: number, [unit, against]: readonly [string, string]): void =>
    print({
      bench: 'trees',
      metric: `${name}.${loss}.${metric}`,
      value: round(value),
      unit,
      against,
      conditions,
    })
  row(`${error}.own`, own.score, ['target', 'none'])
  row('cpuS.own', own.cpuSeconds, ['s', 'none'])
  for (const { peer, score, cpuSeconds: seconds } of peers) {
    row(`${error}.${peer}`, score, ['target', 'none'])
    row(`cpuS.${peer}`, seconds, ['s', 'none'])
    row(`cpuRatio.${peer}`, own.cpuSeconds / seconds, ['ratio', `${peer}, same data, same run`])
    row(`errorRatio.${peer}`, own.score / score, ['ratio', `${peer}, same data, same run`])
  }
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000
