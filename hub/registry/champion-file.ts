/** The version that serves now, for a new one to be compared with. */
import { fileOf, Manifest, trainedSites, type BundleFileName } from '@fleetcast/shared/bundle/manifest.ts'
import { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import type { ModelFile } from '../runs/work.ts'
import { findAlias } from '../store/queries/aliases.ts'
import { findVersionByDigest } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { modelSignature } from './model-signature.ts'

export type ChampionFile = ModelFile & { readonly bytes: Uint8Array }

/** Null without a champion, and for one whose inputs or target are others: losses on different tasks do not compare. */
export async function championFile(
  ports: { readonly store: Store; readonly blobs: BlobFiles },
  recipe: Recipe,
): Promise<ChampionFile | null> {
  const { store, blobs } = ports
  const alias = await findAlias(store.db, store, { recipe: recipe.name, name: 'champion' })
  const version = alias === undefined ? undefined : await findVersionByDigest(store, alias.digest)
  if (version === undefined) return null
  const manifest = Manifest.parse(version.manifest)
  const read = async (name: BundleFileName): Promise<Uint8Array | null> => {
    const file = fileOf(manifest, name)
    return file === undefined ? null : ((await blobs.read(file.digest, 0, file.size))?.bytes ?? null)
  }
  const [signature, bytes] = [await read('signature.json'), await read('model.onnx')]
  if (signature === null || bytes === null || !isSameTask(signature, recipe)) return null
  return {
    name: `${version.recipe}@${version.version}`.slice(0, 64),
    digest: version.digest,
    file: 'champion.onnx',
    dataUntil: Date.parse(manifest.annotations['io.fleetcast.dataUntil']),
    sites: [...trainedSites(manifest)],
    bytes,
  }
}

/** The champion as a job names it, and its file beside the job. */
export async function besideChampion(
  ports: { readonly store: Store; readonly blobs: BlobFiles },
  recipe: Recipe,
): Promise<{ readonly champion: ModelFile | null; readonly files: ReadonlyMap<string, Uint8Array> }> {
  const found = await championFile(ports, recipe)
  if (found === null) return { champion: null, files: new Map() }
  const { bytes, ...champion } = found
  return { champion, files: new Map([[champion.file, bytes]]) }
}

function isSameTask(signature: Uint8Array, recipe: Recipe): boolean {
  const theirs = ModelSignature.safeParse(JSON.parse(new TextDecoder().decode(signature)))
  const task = (one: ModelSignature): string => {
    const { channel, unit, horizonSteps, predict = 'value', loss = 'absolute' } = one.target
    const { event = null, classes = null } = one.target
    const { cadenceMinutes, windowSteps, channels } = one
    const target = { channel, unit, horizonSteps, predict, event, classes, loss }
    const said = { cadenceMinutes, windowSteps, channels, target }
    return new TextDecoder().decode(canonicalJson(said))
  }
  return theirs.success && task(theirs.data) === task(modelSignature(recipe, null))
}
