/** Registered versions with real files and a clock that can be set; on an open store. */
import { join } from 'node:path'
import { bundleDigestOf } from '@fleetcast/shared/bundle/manifest.ts'
import { DatasetDigest, SiteId, type BundleDigest } from '@fleetcast/shared/ids.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { createBlobFolder } from '../../../hub/adapters/blob-folder.ts'
import type { BlobFiles } from '../../../hub/ports/blob-files.ts'
import type { AliasActor, AliasOutcome } from '../../../hub/registry/aliases.ts'
import { buildManifest } from '../../../hub/registry/build-manifest.ts'
import type { RunReport } from '../../../hub/runs/run-report.ts'
import { insertVersion, nextVersion } from '../../../hub/store/queries/runs-and-versions.ts'
import type { Store } from '../../../hub/store/store.ts'

export const RECIPE = 'temperature-24h'
export const alice: AliasActor = { name: 'alice', user: 'alice' }
export const bob: AliasActor = { name: 'bob (token 0123456789ab)', user: 'bob' }

export const REPORT: RunReport = {
  ...{
    schema: 'fleetcast/run-report/1',
    algorithm: 'ridge',
    choice: 'the only one',
    algorithms: [],
    rows: 10,
  },
  ...{ trials: [], split: { training: 6, validation: 2, test: 2 } },
  ...{ metric: 'mae', accuracy: null, interval: null, chosenTrial: null },
  ...{ testMae: 1, persistenceMae: 2, seasonalPersistenceMae: 2, climatologyMae: 3, bySite: [] },
  parity: { rows: 1, maxDifference: 0, tolerance: 1, replay: null },
  ...{ format: null, weights: null },
  ...{ features: [], backend: 'none', seed: 7, cpuSeconds: 0 },
  versions: { node: '', onnxruntime: '', tensorflow: '' },
}

/** One file of its own, the others shared by every version, as a recipe's signature is. */
const FILES = [
  ['model.onnx', (version: number) => `model ${version}`],
  ['signature.json', () => '{"same":"for all"}'],
  ['reference-profile.json', () => '{"profile":1}'],
  ['golden.json', () => '{"golden":1}'],
] as const

/** Adds the next version as training would, and says which number and digest it got. */
export async function addVersion(
  store: Store,
  blobs: BlobFiles,
): Promise<{ readonly version: number; readonly digest: BundleDigest; readonly model: string }> {
  const version = await nextVersion(store.db, store, RECIPE)
  const files = await Promise.all(
    FILES.map(async ([name, text]) => {
      const bytes = new TextEncoder().encode(text(version))
      return { name, digest: await blobs.write(bytes), size: bytes.length }
    }),
  )
  const manifest = buildManifest({
    ...{ recipe: RECIPE, version, files, sites: [SiteId.parse('sea')] },
    dataset: DatasetDigest.parse('d'.repeat(64)),
    dataUntil: epochMs(Date.parse('2026-01-01T00:00:00Z')),
  })
  const digest = bundleDigestOf(manifest)
  await insertVersion(store.db, store, {
    ...{ recipe: RECIPE, version, digest, manifest, report: REPORT, run: `run-${version}` },
    createdAt: epochMs(version),
  })
  return { version, digest, model: files[0]!.digest }
}

export const START = epochMs(Date.UTC(2026, 4, 1, 12))

/** `clock.time` is what it says. */
export const settableClock = () => {
  const time = { now: START }
  return { time, clock: { now: () => time.now } }
}

export const blobsIn = (folder: string): BlobFiles => createBlobFolder(join(folder, 'blobs'))

type Settled = { readonly ok: true; readonly value: AliasOutcome } | { readonly ok: false }

/** The number of the request that was made. */
export function requestId(result: Settled): number {
  if (!result.ok || result.value.request === null) throw new Error(`no request: ${JSON.stringify(result)}`)
  return result.value.request.id
}
