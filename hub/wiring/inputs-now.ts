import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { DatasetReport } from '../datasets/dataset-report.ts'
import { runParameters } from '../registry/run-parameters.ts'
import { trainInputs } from '../registry/train-inputs.ts'
import type { SitePosition, TrainInputs } from '../registry/train-lock.ts'
import { RunSelection } from '../runs/run-selection.ts'
import { findDataset } from '../store/queries/recipes-and-datasets.ts'
import type { RunRow } from '../store/queries/runs-and-versions.ts'
import { listSites } from '../store/queries/sites-and-devices.ts'
import type { HubPorts } from './hub-ports.ts'

/** Stations as they stood when the run was asked for: moving one changes later runs only. */
export const sitesOf = async ({ store }: HubPorts, run: RunRow): Promise<readonly SitePosition[]> =>
  runParameters(run.parameters).inputs?.sites ?? (await listSites(store))

/** What decided the outcome of a run that has just been trained: the code may be newer than the wish. */
export async function inputsNow(
  ports: HubPorts,
  run: RunRow,
  recipe: Recipe,
): Promise<Result<TrainInputs, Refusal>> {
  const identity = await ports.codeIdentity()
  if (!identity.ok) return identity
  const dataset = await findDataset(ports.store, run.dataset)
  if (dataset === undefined) return refuse('dataset/notFound', `the dataset ${run.dataset} is gone`)
  return ok(
    trainInputs({
      recipe,
      dataset: { digest: dataset.digest, report: DatasetReport.parse(dataset.report) },
      selection: RunSelection.parse(run.selection),
      sites: await sitesOf(ports, run),
      identity: identity.value,
    }),
  )
}
