/** From observations to devices and back, read from what the store holds: datasets, runs, versions and what devices report. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { DatasetReport } from '../datasets/dataset-report.ts'
import { RunSelection } from '../runs/run-selection.ts'
import { findDataset } from '../store/queries/recipes-and-datasets.ts'
import { listVersionOrigins, type VersionOrigin } from '../store/queries/lineage.ts'
import { listDevices, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import { resolveAnyVersion, type ResolveCode } from './resolve-version.ts'
import { runParameters } from './run-parameters.ts'
import { overlap, saidTrainedOn, trainedOn, type Period, type StationPeriods } from './trained-on.ts'

/** serving: answers now · candidate: shadows or is backtested · installed: on disk, one rollback away. */
export type DeviceRole = 'serving' | 'candidate' | 'installed'

export type VersionUse = { readonly device: string; readonly site: string; readonly role: DeviceRole }

export type VersionLineage = {
  readonly recipe: string
  readonly version: number
  readonly digest: string
  readonly deletedAt: number | null
  /** The run that made or judged it; null when this hub does not know it. */
  readonly run: string | null
  /** Null for a model that was made elsewhere. */
  readonly dataset: { readonly digest: string; readonly name: string } | null
  /** Who made it, and on which data in their own words; null for a model of this hub. */
  readonly elsewhere: { readonly author: string; readonly dataset: string | null } | null
  readonly trainedOn: readonly StationPeriods[]
  readonly devices: readonly VersionUse[]
}

export type DatasetLineage = {
  readonly digest: string
  readonly name: string
  readonly runs: readonly { readonly id: string; readonly state: string; readonly version: number | null }[]
  readonly versions: readonly VersionLineage[]
}

export type DeviceLineage = {
  readonly device: string
  readonly versions: readonly (VersionLineage & { readonly role: DeviceRole })[]
}

type Missing = Refusal<'dataset/notFound' | 'device/notFound' | ResolveCode>

/** dataset -> runs -> versions -> devices. */
export async function datasetLineage(store: Store, prefix: string): Promise<Result<DatasetLineage, Missing>> {
  const row = await findDataset(store, prefix)
  if (row === undefined)
    return refuse('dataset/notFound', `no dataset, or more than one, starts with ${prefix}`)
  const { runs, versions } = await listVersionOrigins(store, { dataset: row.digest })
  return ok({
    digest: row.digest,
    name: row.name,
    runs: runs.map(({ id, state, version }) => ({ id, state, version })),
    versions: await describe(store, versions),
  })
}

/** version -> dataset -> stations and times, and the devices it is on; of a deleted one, too. `id`: see `resolveAnyVersion`. */
export async function versionLineage(store: Store, id: string): Promise<Result<VersionLineage, Missing>> {
  const found = await resolveAnyVersion(store, id)
  if (!found.ok) return found
  const { versions } = await listVersionOrigins(store, {})
  const origins = versions.filter(({ version }) => version.digest === found.value.digest)
  return ok((await describe(store, origins))[0]!)
}

/** device -> what it runs -> dataset -> stations and times. */
export async function deviceLineage(store: Store, id: string): Promise<Result<DeviceLineage, Missing>> {
  const device = (await listDevices(store)).find((one) => one.id === id)
  if (device === undefined) return refuse('device/notFound', `no device is named ${id}`)
  const { versions } = await listVersionOrigins(store, {})
  const described = await describe(store, versions)
  return ok({
    device: id,
    versions: described.flatMap((version) => {
      const role = roleOf(device, version.digest)
      return role === null ? [] : [{ ...version, role }]
    }),
  })
}

export type RecalledVersion = VersionLineage & { readonly shared: readonly Period[] }

/** Versions whose training saw the station in the given time (both ends inclusive), with the devices that have them. */
export async function recall(
  store: Store,
  { station, from, until }: { readonly station: string } & Period,
): Promise<readonly RecalledVersion[]> {
  const { versions } = await listVersionOrigins(store, {})
  const described = await describe(store, versions)
  return described.flatMap((version) => {
    const seen = version.trainedOn.find((one) => one.station === station)?.periods ?? []
    const shared = seen.flatMap((period) => overlap(period, { from, until }))
    return shared.length === 0 ? [] : [{ ...version, shared }]
  })
}

async function describe(store: Store, origins: readonly VersionOrigin[]): Promise<VersionLineage[]> {
  const devices = await listDevices(store)
  return origins.map(({ version, run, dataset }) => ({
    recipe: version.recipe,
    version: version.version,
    digest: version.digest,
    deletedAt: version.deletedAt,
    run: run?.id ?? null,
    ...trainingOf(run, dataset),
    devices: devices.flatMap((device) => {
      const role = roleOf(device, version.digest)
      return role === null ? [] : [{ device: device.id, site: device.site, role }]
    }),
  }))
}

/** Of a model made elsewhere it is known what its author signed. */
function trainingOf(
  run: VersionOrigin['run'],
  dataset: VersionOrigin['dataset'],
): Pick<VersionLineage, 'dataset' | 'elsewhere' | 'trainedOn'> {
  const imported = run?.kind === 'import' ? runParameters(run.parameters).imported : undefined
  if (imported !== undefined) {
    const { author, trainedOn } = imported.signature
    const elsewhere = { author, dataset: trainedOn.dataset ?? null }
    return { dataset: null, elsewhere, trainedOn: saidTrainedOn(imported.signature) }
  }
  if (run === null || dataset === null) return { dataset: null, elsewhere: null, trainedOn: [] }
  return {
    dataset: { digest: dataset.digest, name: dataset.name },
    elsewhere: null,
    trainedOn: trainedOn(DatasetReport.parse(dataset.report), RunSelection.parse(run.selection)),
  }
}

/** As the device last reported; null when it does not have the version. */
export function roleOf({ status }: Pick<DeviceRow, 'status'>, digest: string): DeviceRole | null {
  if (status === null) return null
  if (status.serving === digest) return 'serving'
  if (status.candidate === digest) return 'candidate'
  const isInstalled = status.bundles.some(
    (bundle) => bundle.digest === digest && bundle.state === 'installed',
  )
  return isInstalled ? 'installed' : null
}
