/** A finished run becomes a version: blobs first, then manifest and row in one transaction, so no half version exists. */
import { assert } from '@fleetcast/shared/assert.ts'
import { bundleDigestOf, type BundleFileName } from '@fleetcast/shared/bundle/manifest.ts'
import { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import type { BundleDigest, DatasetDigest, SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import type { Clock } from '../ports/clock.ts'
import type { TrainerFiles } from '../runs/trainer.ts'
import { RunReport } from '../runs/run-report.ts'
import { lockRegistry } from '../store/queries/aliases.ts'
import { insertVersion, nextVersion, updateRun } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { buildManifest } from './build-manifest.ts'
import { modelCard } from './model-card.ts'
import { modelSignature } from './model-signature.ts'
import type { TrainLock } from './train-lock.ts'

export type RegisterPorts = {
  readonly store: Store
  readonly blobs: BlobFiles
  readonly clock: Clock
}

export type RegisterInput = {
  readonly run: string
  readonly recipe: Recipe
  readonly dataset: DatasetDigest
  readonly sites: readonly SiteId[]
  readonly dataUntil: EpochMs
  readonly trainedOn: string
  readonly lock: TrainLock
  /** `model.onnx`, `report.json`, `golden.json` and `reference-profile.json`. */
  readonly files: TrainerFiles
}

export type RegisteredVersion = { readonly version: number; readonly digest: BundleDigest }

export async function registerVersion(
  ports: RegisterPorts,
  input: RegisterInput,
): Promise<RegisteredVersion> {
  const { store, blobs, clock } = ports
  const report = RunReport.parse(jsonOf(input.files, 'report.json'))
  const contents: readonly [BundleFileName, Uint8Array][] = [
    ['model.onnx', fileNamed(input.files, 'model.onnx')],
    ['signature.json', canonicalJson(modelSignature(input.recipe))],
    [
      'reference-profile.json',
      canonicalJson(ReferenceProfile.parse(jsonOf(input.files, 'reference-profile.json'))),
    ],
    ['golden.json', canonicalJson(Golden.parse(jsonOf(input.files, 'golden.json')))],
    ['train.lock', canonicalJson(input.lock)],
    [
      'card.md',
      new TextEncoder().encode(
        modelCard({ recipe: input.recipe, trainedOn: input.trainedOn, dataset: input.dataset, report }),
      ),
    ],
  ]
  const files = await Promise.all(
    contents.map(async ([name, bytes]) => ({ name, digest: await blobs.write(bytes), size: bytes.length })),
  )
  return store.tx(async (db) => {
    await lockRegistry(db, store)
    // A file that older versions shared may have gone with the last of them, just now.
    for (const [i, { digest }] of files.entries())
      if (!(await blobs.has(digest))) await blobs.write(contents[i]![1])
    const version = await nextVersion(db, store, input.recipe.name)
    const manifest = buildManifest({
      recipe: input.recipe.name,
      version,
      dataset: input.dataset,
      sites: input.sites,
      dataUntil: input.dataUntil,
      files,
    })
    const digest = bundleDigestOf(manifest)
    const row = {
      recipe: input.recipe.name,
      version,
      digest,
      manifest,
      report,
      run: input.run,
      createdAt: clock.now(),
    }
    await insertVersion(db, store, row)
    await updateRun(db, store, input.run, {
      state: 'succeeded',
      fraction: 1,
      message: `version ${version}`,
      version,
      updatedAt: clock.now(),
    })
    return { version, digest }
  })
}

function fileNamed(files: TrainerFiles, name: string): Uint8Array {
  const bytes = files.get(name)
  assert(bytes !== undefined, `a training run leaves ${name} behind`)
  return bytes
}

const jsonOf = (files: TrainerFiles, name: string): unknown =>
  JSON.parse(new TextDecoder().decode(fileNamed(files, name)))
