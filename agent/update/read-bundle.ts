/** The strict reader: what is not exactly a bundle for this station is refused with a code. */
import * as z from 'zod'
import { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { bundleDigestOf, fileOf, Manifest, type BundleFileName } from '@fleetcast/shared/bundle/manifest.ts'
import { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { MANIFEST_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { BundleFiles } from '../ports/bundle-files.ts'
import type { Released } from './released-models.ts'

export type OpenBundle = {
  readonly digest: BundleDigest
  readonly manifest: Manifest
  readonly signature: ModelSignature
  readonly profile: ReferenceProfile
  readonly golden: Golden
  readonly model: Uint8Array
}

/** What a station trusts and measures: everything a bundle must fit. */
export type BundleFit = {
  readonly recipe: Recipe
  /** What both repositories said of a bundle; null for one that they never agreed on. */
  readonly released: (digest: BundleDigest) => Released | null
}

export type ManifestCode =
  | 'manifest/notReleased'
  | 'manifest/tooLarge'
  | 'manifest/malformed'
  | 'manifest/otherBundle'
  | 'manifest/otherRelease'
export type BundleCode = ManifestCode | 'bundle/corrupted' | 'bundle/malformed' | 'bundle/wrongRecipe'

/** Nothing of a manifest is used or stored before this has accepted it: its bytes are those that TUF names. */
export function openManifest(bytes: Uint8Array, released: Released): Result<Manifest, Refusal<ManifestCode>> {
  if (bytes.length > MANIFEST_BYTES_MAX)
    return refuse('manifest/tooLarge', `a manifest has at most ${MANIFEST_BYTES_MAX} bytes`)
  if (bytes.length !== released.bytes || sha256(bytes) !== (released.digest as string))
    return refuse('manifest/otherBundle', `these are not the bytes that were signed as ${released.path}`)
  const manifest = parseJson(bytes, Manifest)
  if (!manifest.ok) return refuse('manifest/malformed', `the manifest is malformed: ${manifest.error}`)
  if (bundleDigestOf(manifest.value) !== released.digest)
    return refuse('manifest/malformed', 'the manifest is not in its canonical form')
  const { 'io.fleetcast.recipe': line, 'io.fleetcast.version': version } = manifest.value.annotations
  if (line === released.line && version === released.version) return manifest
  return refuse(
    'manifest/otherRelease',
    `the manifest says ${line} version ${version}, the release key ${released.line} version ${released.version}`,
  )
}

/** The manifest as it lies on disk, checked as on the day it came. */
export async function readManifest(
  files: BundleFiles,
  digest: BundleDigest,
  { released }: Pick<BundleFit, 'released'>,
): Promise<Result<Manifest, Refusal<BundleCode>>> {
  const named = released(digest)
  if (named === null)
    return refuse('manifest/notReleased', 'the repositories never agreed on this bundle; it is not used')
  const bytes = await files.readManifest(digest)
  if (bytes === null) return refuse('bundle/corrupted', 'the manifest is not on disk')
  return openManifest(bytes, named)
}

/** Reads a bundle from disk, every digest checked again: what runs is what was signed, also after years on flash. */
export async function openBundle(
  files: BundleFiles,
  digest: BundleDigest,
  fit: BundleFit,
): Promise<Result<OpenBundle, Refusal<BundleCode>>> {
  const manifest = await readManifest(files, digest, fit)
  if (!manifest.ok) return manifest
  const contents = await readLayers(files, manifest.value)
  return contents.ok
    ? parseBundle({ digest, manifest: manifest.value, contents: contents.value }, fit.recipe)
    : contents
}

type Contents = ReadonlyMap<BundleFileName, Uint8Array>

async function readLayers(
  files: BundleFiles,
  manifest: Manifest,
): Promise<Result<Contents, Refusal<'bundle/corrupted'>>> {
  const contents = new Map<BundleFileName, Uint8Array>()
  for (const layer of manifest.layers) {
    const bytes = await files.readBlob(layer.digest)
    const name = layer.annotations['org.cncf.model.filepath']
    if (bytes === null || bytes.length !== layer.size || sha256(bytes) !== layer.digest) {
      await files.removeBlob(layer.digest)
      return refuse('bundle/corrupted', `${name} on disk is not what was signed; it is fetched again`)
    }
    contents.set(name, bytes)
  }
  return ok(contents)
}

function parseBundle(
  { digest, manifest, contents }: { digest: BundleDigest; manifest: Manifest; contents: Contents },
  recipe: Recipe,
): Result<OpenBundle, Refusal<BundleCode>> {
  const read = <T>(name: BundleFileName, schema: z.ZodType<T>): Result<T, Refusal<BundleCode>> => {
    const parsed = parseJson(contents.get(name)!, schema)
    return parsed.ok ? parsed : refuse('bundle/malformed', `${name} is malformed: ${parsed.error}`, name)
  }
  const signature = read('signature.json', ModelSignature)
  if (!signature.ok) return signature
  const profile = read('reference-profile.json', ReferenceProfile)
  if (!profile.ok) return profile
  const golden = read('golden.json', Golden)
  if (!golden.ok) return golden
  const misfit = misfitOf({ manifest, signature: signature.value, golden: golden.value }, recipe)
  if (misfit !== null) return refuse('bundle/wrongRecipe', misfit, 'signature.json')
  assert(fileOf(manifest, 'model.onnx') !== undefined, 'the manifest schema demands a model')
  return ok({
    digest,
    manifest,
    signature: signature.value,
    profile: profile.value,
    golden: golden.value,
    model: contents.get('model.onnx')!,
  })
}

/** Why the bundle is not for this station's recipe; null when it is. */
function misfitOf(
  { manifest, signature, golden }: Pick<OpenBundle, 'manifest' | 'signature' | 'golden'>,
  recipe: Recipe,
): string | null {
  const channels = windowChannels(recipe)
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['recipe of the manifest', manifest.annotations['io.fleetcast.recipe'], recipe.name],
    ['recipe', signature.recipe, recipe.name],
    ['cadenceMinutes', signature.cadenceMinutes, recipe.cadenceMinutes],
    ['windowSteps', signature.windowSteps, recipe.windowSteps],
    ['channels', signature.channels.join(', '), channels.join(', ')],
    ['target channel', signature.target.channel, recipe.target.channel],
    ['target horizonSteps', signature.target.horizonSteps, recipe.target.horizonSteps],
    ['what is predicted', signature.target.predict ?? 'value', recipe.target.predict ?? 'value'],
    ['event', eventText(signature.target), eventText(recipe.target)],
    ['classes', classesText(signature.target), classesText(recipe.target)],
    ['windowSteps of the golden vectors', golden.windowSteps, recipe.windowSteps],
    ['channels of the golden vectors', golden.channels, channels.length],
  ]
  const wrong = facts.find(([, theirs, ours]) => theirs !== ours)
  return wrong ? `${wrong[0]} is ${String(wrong[1])}, this station needs ${String(wrong[2])}` : null
}

const eventText = ({ event }: Pick<TargetSpec, 'event'>): string =>
  event === undefined ? 'none' : `${event.of} above ${event.above}`

const classesText = ({ classes }: Pick<TargetSpec, 'classes'>): string =>
  classes === undefined
    ? 'none'
    : `${classes.names.join(', ')} of the ${classes.of ?? 'value'}, parted at ${classes.limits.join(', ')}`

/** Bytes -> JSON -> schema; the error is a short text. */
export function parseJson<T>(bytes: Uint8Array, schema: z.ZodType<T>): Result<T, string> {
  try {
    const parsed = schema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    if (parsed.success) return ok(parsed.data)
    return { ok: false, error: z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 200) }
  } catch (cause) {
    return { ok: false, error: String(cause).slice(0, 200) }
  }
}
