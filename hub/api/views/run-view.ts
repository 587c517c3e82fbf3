import { runParameters } from '../../registry/run-parameters.ts'
import { attemptIn, foundIn } from '../../runs/run-attempt.ts'
import { RunReport } from '../../runs/run-report.ts'
import { RunSelection, selectionText } from '../../runs/run-selection.ts'
import { findVersionOfRun, type ListedRun, type RunRow } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import type { RunDetail, RunResource } from '../resources/run.ts'

export const runView = (run: ListedRun): RunResource => ({
  id: run.id,
  kind: run.kind,
  recipe: run.recipe,
  dataset: run.dataset,
  state: run.state,
  stage: run.stage,
  fraction: run.fraction,
  message: run.message,
  requestedBy: run.requestedBy,
  createdAt: run.createdAt,
  startedAt: run.startedAt,
  endedAt: run.state === 'queued' || run.state === 'running' ? null : run.updatedAt,
  runKey: run.runKey,
  version: run.version,
})

/** With its report and its lock, which the version keeps. */
export async function runDetail(
  { store, trainLock }: Pick<ApiPorts, 'store' | 'trainLock'>,
  run: RunRow,
): Promise<RunDetail> {
  const version = await findVersionOfRun(store, run.id)
  const lock = version === undefined ? null : await trainLock(version)
  const { inputs } = runParameters(run.parameters)
  const report = version === undefined ? null : RunReport.parse(version.report)
  return {
    ...runView(run),
    selection: selectionText(RunSelection.parse(run.selection)),
    parameters: run.parameters,
    result: foundIn(run.result),
    trials: report?.trials ?? attemptIn(run.result)?.trials ?? [],
    report,
    lock:
      lock?.schema === 'fleetcast/train-lock/2'
        ? { inputs: lock.inputs, outs: lock.outs }
        : inputs === null
          ? null
          : { inputs, outs: [] },
  }
}
