/** Joins datasets, training runs and the registry. */
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { ApiPorts } from '../api/api-ports.ts'
import { loadSeries } from '../datasets/load-series.ts'
import { createRunQueue } from '../runs/run-queue.ts'
import { RunSelection } from '../runs/run-selection.ts'
import { removeImported, startModelImport } from './import-model.ts'
import { sitesOf } from './inputs-now.ts'
import { startReproduction } from './reproduce-run.ts'
import { createRunKinds, type RunKindName, type RunKindPorts } from './run-kinds.ts'
import { createRunningImports } from './running-imports.ts'
import { inTurn, startRun } from './start-run.ts'
import { startCheck, startComparison } from './start-study.ts'

export type Training = Pick<
  ApiPorts,
  'imports' | 'startRun' | 'importModel' | 'reproduceRun' | 'cancelRun' | 'startCheck' | 'startComparison'
> & {
  readonly loop: (signal: AbortSignal) => Promise<void>
}

export function createTraining(ports: RunKindPorts): Training {
  const runKinds = createRunKinds(ports)
  const queue = createRunQueue({
    ...ports,
    loadSeries: async (run, recipe) =>
      ports.snapshots.read(DatasetDigest.parse(run.dataset), async (snapshot) =>
        loadSeries(snapshot, {
          recipe,
          sites: await sitesOf(ports, run),
          selection: RunSelection.parse(run.selection),
        }),
      ),
    prepare: (run, recipe) => runKinds[run.kind as RunKindName].prepare(run, recipe),
    ended: ({ id }) => removeImported(ports, id),
    finish: (finished) => runKinds[finished.run.kind as RunKindName].finish(finished),
  })
  return {
    imports: createRunningImports(ports),
    startRun: inTurn((request) => startRun(ports, request)),
    reproduceRun: (request) => startReproduction(ports, request),
    cancelRun: async (request) => {
      const cancelled = await queue.cancel(request)
      if (cancelled.ok) await removeImported(ports, request.id)
      return cancelled
    },
    importModel: inTurn((request) => startModelImport(ports, request)),
    startCheck: (request) => startCheck(ports, request),
    startComparison: (request) => startComparison(ports, request),
    loop: queue.loop,
  }
}
