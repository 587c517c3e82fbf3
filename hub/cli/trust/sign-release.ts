/**
 * The next list of releases, drafted on the releaser's machine from what is published. Before a version is added, its
 * manifest and every file are fetched from the hub and their digests checked: what is signed is what devices will get.
 */
import type { Targets } from '@tufjs/models'
import { Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { BUNDLE_FILE_BYTES_MAX, MANIFEST_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { verifySignatures } from '@fleetcast/shared/trust/parse-metadata.ts'
import type { ReleaseResource } from '../../api/resources/trust.ts'
import type { Api } from '../../ports/api.ts'
import type { PublishedTexts, Stage } from '../../ports/stage-folder.ts'
import { openRoot, openTargets, orRefusal } from '../../signing/read-staged.ts'
import { withRelease, withRevocation } from '../../signing/release-list.ts'
import { draftFile, openStage, signStage } from '../../signing/staged.ts'
import { openPublished } from './draft-stage.ts'
import { openSigner } from './open-keys.ts'
import { publishStage } from './publish-stage.ts'
import { stageText } from './staged-text.ts'
import type { SigningContext } from './signing-context.ts'

export type ListOptions = { readonly key?: string; readonly public?: string; readonly stage?: string }

export type ReleaseWish = {
  readonly recipe: string
  readonly version: number
  readonly epoch: number
  readonly hardware: readonly string[]
}

export async function draftRelease(
  { clock, terminal }: SigningContext,
  api: Api,
  wish: ReleaseWish,
): Promise<Result<Stage, Refusal>> {
  const versions = await api.get<ReleaseResource[]>('/api/v1/releases')
  if (!versions.ok) return versions
  const { recipe, version } = wish
  const known = versions.value.find((listed) => listed.recipe === recipe && listed.version === version)
  if (known === undefined)
    return refuse(
      'version/notFound',
      `${recipe}/${version} is not registered; "fleetcast models list" shows what is`,
    )
  const digest = BundleDigest.parse(known.digest)
  const checked = await checkBundle(api, { digest, recipe, version })
  if (!checked.ok) return checked
  terminal.error(`the manifest and ${checked.value.files} files have their digests`)
  const { length } = checked.value
  return draftList(api, (before) => withRelease(before, { ...wish, digest, length }, clock.now()))
}

export const draftRevocation = (
  { clock }: SigningContext,
  api: Api,
  revoked: { readonly path: string; readonly reason: string },
): Promise<Result<Stage, Refusal>> =>
  draftList(api, (before) => withRevocation(before, { ...revoked, now: clock.now() }))

async function draftList(
  api: Api,
  next: (before: Targets) => Result<Targets, Refusal>,
): Promise<Result<Stage, Refusal>> {
  const texts = await api.get<PublishedTexts>('/api/v1/trust/published')
  if (!texts.ok) return texts
  const published = await openPublished(texts.value)
  if (!published.ok) return published
  // A list that the release keys have not signed would be an offer of the hub's own.
  const authentic = await orRefusal(() =>
    verifySignatures(openRoot('image', texts.value.imageRoot!), 'targets', openTargets(texts.value.targets!)),
  )
  if (!authentic.ok) return authentic
  const drafted = next(published.value.targets)
  return drafted.ok ? ok({ files: [draftFile('image', drafted.value)], published: texts.value }) : drafted
}

type Bundle = { readonly digest: BundleDigest; readonly recipe: string; readonly version: number }

/** Fetches everything that the digest stands for; `release/differs` when a byte is not what it should be. */
async function checkBundle(
  api: Api,
  { digest, recipe, version }: Bundle,
): Promise<Result<{ readonly length: number; readonly files: number }, Refusal>> {
  const bytes = await download(api, digest, MANIFEST_BYTES_MAX)
  if (!bytes.ok) return bytes
  const parsed = parseManifest(bytes.value)
  if (!parsed.ok) return parsed
  const { annotations, layers } = parsed.value
  if (
    annotations['io.fleetcast.recipe'] !== recipe ||
    annotations['io.fleetcast.version'] !== String(version)
  )
    return refuse('release/differs', `the manifest is of another version than ${recipe}/${version}`)
  for (const { digest: file, size } of layers) {
    const content = await download(api, file, BUNDLE_FILE_BYTES_MAX)
    if (!content.ok) return content
    if (content.value.length !== size)
      return refuse(
        'release/differs',
        `file ${file} has ${content.value.length} bytes, its manifest says ${size}`,
      )
  }
  return ok({ length: bytes.value.length, files: layers.length })
}

async function download(api: Api, digest: string, bytesMax: number): Promise<Result<Uint8Array, Refusal>> {
  const bytes = await api.download(`/api/v1/releases/files/${digest}`, bytesMax)
  if (!bytes.ok) return bytes
  return sha256(bytes.value) === digest
    ? bytes
    : refuse('release/differs', `the hub sent other bytes than ${digest}; nothing was signed`)
}

function parseManifest(bytes: Uint8Array): Result<Manifest, Refusal> {
  const bad = (why: string) => refuse('release/differs', `the manifest is none: ${why}`)
  try {
    const parsed = Manifest.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    if (!parsed.success) return bad(parsed.error.issues[0]?.message ?? 'it does not fit its schema')
    return Buffer.from(canonicalJson(parsed.data)).equals(bytes)
      ? ok(parsed.data)
      : bad('it is not canonical')
  } catch (cause) {
    return bad(cause instanceof Error ? cause.message : 'unreadable')
  }
}

type Finishing = { readonly api: Api; readonly draft: Stage; readonly options: ListOptions }

/** Writes the draft for several signers, or shows, signs and publishes it. */
export async function finishList(
  context: SigningContext,
  { api, draft, options }: Finishing,
): Promise<Result<string, Refusal>> {
  const shown = await openStage(draft)
  if (!shown.ok) return shown
  context.terminal.error(stageText(shown.value))
  if (options.stage !== undefined) {
    await context.stage.write(options.stage, draft)
    return ok(`to be signed: "fleetcast trust sign ${options.stage} --key ..."`)
  }
  const signer = await openSigner(context.keys, { key: options.key ?? '', public: options.public })
  if (!signer.ok) return signer
  const signed = await signStage(draft, signer.value)
  return signed.ok ? publishStage(api, signed.value) : signed
}
