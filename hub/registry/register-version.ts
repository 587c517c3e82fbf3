/** A finished run becomes a version: blobs first, then manifest and row in one transaction, so no half version exists. */
import { bundleDigestOf, type BundleFileName } from '@fleetcast/shared/bundle/manifest.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import type { BundleDigest, DatasetDigest, SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { GateReport } from '../gates/gate-report.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import type { Clock } from '../ports/clock.ts'
import type { TrainerFiles } from '../runs/trainer.ts'
import { lockRegistry } from '../store/queries/aliases.ts'
import { insertVersion, nextVersion, updateRun } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { buildManifest } from './build-manifest.ts'
import { modelCard } from './model-card.ts'
import { modelSignature } from './model-signature.ts'
import { jsonOf, readOuts, type RunOuts } from './run-outs.ts'
import { trainLockOf, type TrainInputs, type TrainLock } from './train-lock.ts'

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
  /** `model.onnx`, `report.json`, `golden.json`, `reference-profile.json` and `gates.json`. */
  readonly files: TrainerFiles
}

export type RegisteredVersion = { readonly version: number; readonly digest: BundleDigest }

/** Refused when the run was cancelled in the meantime; then nothing is registered. */
export async function registerVersion(
  ports: RegisterPorts,
  input: RegisterInput,
): Promise<Result<RegisteredVersion, Refusal<'run/ended'>>> {
  const { store, blobs, clock } = ports
  const { recipe, dataset, sites, dataUntil } = input
  const left = readOuts(input.files)
  const lock = trainLockOf(input.inputs, left.outs)
  const gates = GateReport.parse(jsonOf(input.files, 'gates.json'))
  const contents = contentsOf(input, { left, lock, gates })
  const files = await Promise.all(
    contents.map(async ([name, bytes]) => ({
      ...{ name, size: bytes.length },
      digest: await blobs.write(bytes),
    })),
  )
  return store.tx(async (db) => {
    await lockRegistry(db, store)
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
    // A file that older versions shared may have gone with the last of them, just now.
    for (const [i, { digest }] of files.entries())
      if (!(await blobs.has(digest))) await blobs.write(contents[i]![1])
    const manifest = buildManifest({ recipe: recipe.name, version, dataset, sites, dataUntil, files })
    const digest = bundleDigestOf(manifest)
    const row = { recipe: recipe.name, version, digest, manifest, report: left.report, gates, run: input.run }
    await insertVersion(db, store, { ...row, createdAt: clock.now() })
    return ok({ version, digest })
  })
}

/** Every file of the bundle. */
function contentsOf(
  { recipe, trainedOn, dataset }: RegisterInput,
  { left, lock, gates }: { readonly left: RunOuts; readonly lock: TrainLock; readonly gates: GateReport },
): readonly (readonly [BundleFileName, Uint8Array])[] {
  const { report, onnx } = left
  const card = modelCard({ recipe, trainedOn, dataset, report, onnxBytes: onnx.length, gates })
  return [
    ['model.onnx', left.onnx],
    ['signature.json', canonicalJson(modelSignature(recipe, left.report.interval?.coverage ?? null))],
    ['reference-profile.json', left.referenceProfile],
    ['golden.json', left.golden],
    ['train.lock', canonicalJson(lock)],
    ['gates.json', canonicalJson(gates)],
    ['card.md', new TextEncoder().encode(card)],
  ]
}
