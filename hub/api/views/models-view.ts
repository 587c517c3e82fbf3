import { listRuns, listVersions } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import type { DeviceResource } from '../resources/device.ts'
import type { ModelResource } from '../resources/model.ts'
import { modelView } from './model-view.ts'

/** Every registered version, oldest first. */
export async function modelsView(
  { store }: Pick<ApiPorts, 'store'>,
  devices: readonly DeviceResource[],
): Promise<ModelResource[]> {
  const [versions, runs] = await Promise.all([listVersions(store), listRuns(store)])
  const runById = new Map(runs.map((run) => [run.id, run]))
  return versions.map((version) => modelView(version, runById.get(version.run), devices))
}
