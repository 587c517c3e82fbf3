/** What the hub does around each kind of run: what its process is given, and what becomes of what it leaves behind. */
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok } from '@fleetcast/shared/result.ts'
import { epochMs, minutes, type EpochMs } from '@fleetcast/shared/units.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { besideChampion } from '../registry/champion-file.ts'
import { registerVersion } from '../registry/register-version.ts'
import type { RunKind } from '../runs/run-queue.ts'
import { RunSelection, selectionText } from '../runs/run-selection.ts'
import type { WorkKind } from '../runs/work.ts'
import type { HubPorts } from './hub-ports.ts'
import { checkKind, compareKind } from './study-kinds.ts'
import { importKind } from './import-model.ts'
import { inputsNow } from './inputs-now.ts'
import { reproduceKind } from './reproduce-run.ts'

export type RunKindPorts = HubPorts & {
  /** The next stage: what happens to a version once it is registered. */
  readonly registered: () => Promise<void>
}

/** Reproducing is training in its process, and comparing afterwards. */
export type RunKindName = WorkKind | 'reproduce'

export const createRunKinds = (ports: RunKindPorts): Record<RunKindName, RunKind> => ({
  train: trainKind(ports),
  import: importKind(ports),
  check: checkKind(ports),
  compare: compareKind(ports),
  reproduce: reproduceKind(ports),
})

const trainKind = (ports: RunKindPorts): RunKind => ({
  prepare: async (_run, recipe) => {
    const { champion, files } = await besideChampion(ports, recipe)
    return ok({ work: { kind: 'train', champion }, files })
  },
  finish: async ({ run, recipe, series, files }) => {
    const selection = RunSelection.parse(run.selection)
    const inputs = await inputsNow(ports, run, recipe)
    if (!inputs.ok) return inputs
    const registered = await registerVersion(ports, {
      run: run.id,
      recipe,
      dataset: DatasetDigest.parse(run.dataset),
      files,
      sites: series.map(({ site }) => site),
      dataUntil: endOf(series, recipe),
      trainedOn: selectionText(selection),
      inputs: inputs.value,
    })
    if (!registered.ok) return registered
    await ports.registered()
    return ok({ message: `version ${registered.value.version} is trained and registered` })
  },
})

/** Event time after which no training row lies. */
const endOf = (series: readonly StationSeries[], recipe: Recipe): EpochMs =>
  epochMs(Math.max(...series.map(({ startAt, steps }) => startAt + steps * minutes(recipe.cadenceMinutes))))
