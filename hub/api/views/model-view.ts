import { fileOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { RunReport } from '../../runs/run-report.ts'
import { RunSelection, selectionText } from '../../runs/run-selection.ts'
import type { OverrideRow } from '../../store/queries/gate-overrides.ts'
import type { ListedRun, VersionRow } from '../../store/queries/runs-and-versions.ts'
import type { DeviceResource } from '../resources/device.ts'
import type { ModelResource } from '../resources/model.ts'
import type { ReleaseState } from '../trust-operations.ts'
import { gatesView } from './gates-view.ts'

export type ModelViewInput = {
  readonly run: ListedRun | undefined
  readonly devices: readonly DeviceResource[]
  readonly release: ReleaseState
  readonly aliases: readonly string[]
  /** Of its forecasts. */
  readonly unit: string
  readonly overrides: readonly OverrideRow[]
}

/** A registered version with its lineage, its score and who runs it. Pure. */
export function modelView(
  version: VersionRow,
  { run, devices, release, aliases, unit, overrides }: ModelViewInput,
): ModelResource {
  const report = RunReport.parse(version.report)
  const manifest = Manifest.parse(version.manifest)
  return {
    version: version.version,
    digest: version.digest,
    recipe: version.recipe,
    algorithm: report.algorithm,
    dataset: manifest.annotations['io.fleetcast.dataset'],
    trainedOn: trainedOnText(report, run),
    sites: manifest.annotations['io.fleetcast.sites'].split(','),
    rows: report.rows,
    unit,
    metric: report.metric,
    testMae: report.testMae,
    persistenceMae: report.persistenceMae,
    seasonalPersistenceMae: report.seasonalPersistenceMae,
    climatologyMae: report.climatologyMae,
    accuracy: report.accuracy,
    bySite: report.bySite.map(({ site, n, mae, persistenceMae }) => ({ site, n, mae, persistenceMae })),
    algorithms: report.algorithms.map(({ algorithm, validationMae, cpuSeconds }) => ({
      algorithm,
      validationMae,
      cpuSeconds,
    })),
    parityMaxDifference: report.parity.maxDifference,
    parityTolerance: report.parity.tolerance,
    parityRows: report.parity.rows,
    replay: report.parity.replay,
    weights: report.weights,
    format: report.format,
    onnxBytes: fileOf(manifest, 'model.onnx')?.size ?? 0,
    bundleBytes: manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
    runKey: run?.runKey ?? '',
    seed: report.seed,
    createdAt: version.createdAt,
    release: { ...release, hardware: [...release.hardware] },
    aliases: [...aliases],
    gates: gatesView(version, overrides),
    overrides: overrides.filter(({ digest }) => digest === version.digest),
    serving: devices.filter((device) => device.serving === version.digest).map((device) => device.id),
    candidates: devices.filter((device) => device.candidate === version.digest).map((device) => device.id),
  }
}

/** The rows of an imported model's run judged it; what it was trained on, its author knows. */
function trainedOnText({ algorithm, choice }: RunReport, run: ListedRun | undefined): string {
  if (algorithm === 'imported') return choice
  return run === undefined ? '' : selectionText(RunSelection.parse(run.selection))
}
