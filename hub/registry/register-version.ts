/** A finished run becomes a version: blobs first, then manifest and row in one transaction, so no half version exists. */
import { bundleDigestOf, type BundleFileName } from '@fleetcast/shared/bundle/manifest.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import type { BundleDigest, DatasetDigest, SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import type { Clock } from '../ports/clock.ts'
import type { TrainerFiles } from '../runs/trainer.ts'
import { insertVersion, nextVersion, updateRun } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { buildManifest } from './build-manifest.ts'
import { modelCard } from './model-card.ts'
import { modelSignature } from './model-signature.ts'
import { readOuts } from './run-outs.ts'
import { trainLockOf, type TrainInputs } from './train-lock.ts'

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
  /** What decided the run's outcome. */
  readonly inputs: TrainInputs
  /** `model.onnx`, `report.json`, `golden.json` and `reference-profile.json`. */
  readonly files: TrainerFiles
}

export type RegisteredVersion = { readonly version: number; readonly digest: BundleDigest }

/** Refused when the run was cancelled in the meantime; then nothing is registered. */
export async function registerVersion(
  ports: RegisterPorts,
  input: RegisterInput,
): Promise<Result<RegisteredVersion, Refusal<'run/ended'>>> {
  const { store, blobs, clock } = ports
  const { report, ...left } = readOuts(input.files)
  const { recipe, trainedOn, dataset } = input
  const lock = trainLockOf(input.inputs, left.outs)
  const contents: readonly [BundleFileName, Uint8Array][] = [
    ['model.onnx', left.onnx],
    ['signature.json', canonicalJson(modelSignature(recipe))],
    ['reference-profile.json', left.referenceProfile],
    ['golden.json', left.golden],
    ['train.lock', canonicalJson(lock)],
    ['card.md', new TextEncoder().encode(modelCard({ recipe, trainedOn, dataset, report }))],
  ]
  const files = await Promise.all(
    contents.map(async ([name, bytes]) => ({ name, digest: await blobs.write(bytes), size: bytes.length })),
  )
  return store.tx(async (db) => {
    const version = await nextVersion(db, store, recipe.name)
    const isOpen = await updateRun(db, store, input.run, {
      state: 'succeeded',
      fraction: 1,
      message: `version ${version}`,
      runKey: lock.runKey,
      version,
      updatedAt: clock.now(),
    })
    if (!isOpen) return refuse('run/ended', 'the run was cancelled before its version was registered')
    const { sites, dataUntil } = input
    const manifest = buildManifest({ recipe: recipe.name, version, dataset, sites, dataUntil, files })
    const digest = bundleDigestOf(manifest)
    const row = { recipe: recipe.name, version, digest, manifest, report, run: input.run }
    await insertVersion(db, store, { ...row, createdAt: clock.now() })
    return ok({ version, digest })
  })
}
