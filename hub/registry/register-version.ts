/** A finished run becomes a version: blobs first, then manifest and row in one transaction, so no half version exists. */
import { assert } from '@fleetcast/shared/assert.ts'
import { bundleDigestOf, type BundleFileName } from '@fleetcast/shared/bundle/manifest.ts'
import { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import type { BundleDigest, DatasetDigest, SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { GateReport } from '../gates/gate-report.ts'
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
  /** `model.onnx`, `report.json`, `golden.json`, `reference-profile.json` and `gates.json`. */
  readonly files: TrainerFiles
}

export type RegisteredVersion = { readonly version: number; readonly digest: BundleDigest }

export async function registerVersion(
  ports: RegisterPorts,
  input: RegisterInput,
): Promise<RegisteredVersion> {
  const { store, blobs, clock } = ports
  const report = RunReport.parse(jsonOf(input.files, 'report.json'))
  const gates = GateReport.parse(jsonOf(input.files, 'gates.json'))
  const contents = contentsOf(input, { report, gates })
  const files = await Promise.all(
    contents.map(async ([name, bytes]) => ({
      ...{ name, size: bytes.length },
      digest: await blobs.write(bytes),
    })),
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
      gates,
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

/** Every file of the bundle. */
function contentsOf(
  { recipe, files, lock, trainedOn, dataset }: RegisterInput,
  { report, gates }: { readonly report: RunReport; readonly gates: GateReport },
): readonly (readonly [BundleFileName, Uint8Array])[] {
  const profile = ReferenceProfile.parse(jsonOf(files, 'reference-profile.json'))
  const card = modelCard({ recipe, trainedOn, dataset, report, gates })
  return [
    ['model.onnx', fileNamed(files, 'model.onnx')],
    ['signature.json', canonicalJson(modelSignature(recipe))],
    ['reference-profile.json', canonicalJson(profile)],
    ['golden.json', canonicalJson(Golden.parse(jsonOf(files, 'golden.json')))],
    ['train.lock', canonicalJson(lock)],
    ['gates.json', canonicalJson(gates)],
    ['card.md', new TextEncoder().encode(card)],
  ]
}

function fileNamed(files: TrainerFiles, name: string): Uint8Array {
  const bytes = files.get(name)
  assert(bytes !== undefined, `a training run leaves ${name} behind`)
  return bytes
}

const jsonOf = (files: TrainerFiles, name: string): unknown =>
  JSON.parse(new TextDecoder().decode(fileNamed(files, name)))
