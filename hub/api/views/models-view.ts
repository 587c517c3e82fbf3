import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { forecastScores } from '../../recipes/forecast-score.ts'
import { listAliases } from '../../store/queries/aliases.ts'
import { listOverrides } from '../../store/queries/gate-overrides.ts'
import { listRuns, listVersions } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import type { DeviceResource } from '../resources/device.ts'
import type { ModelResource } from '../resources/model.ts'
import { modelView } from './model-view.ts'

/** Every registered version, oldest first. */
export async function modelsView(
  { store, trust }: Pick<ApiPorts, 'store' | 'trust'>,
  devices: readonly DeviceResource[],
): Promise<ModelResource[]> {
  const [versions, runs, pointing, overrides, scores] = await Promise.all([
    listVersions(store),
    listRuns(store),
    listAliases(store),
    listOverrides(store),
    forecastScores(store),
  ])
  const runById = new Map(runs.map((run) => [run.id, run]))
  return versions.map((version) => {
    const release = trust.releaseState(BundleDigest.parse(version.digest))
    const { unit } = scores(version.recipe)
    const aliases = pointing.filter(({ digest }) => digest === version.digest).map(({ name }) => name)
    return modelView(version, { run: runById.get(version.run), devices, release, aliases, unit, overrides })
  })
}
