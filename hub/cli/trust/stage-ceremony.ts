/** `trust init` and `trust rotate`: at once in demo trust, else as files that people sign. */
import { readPublicKey } from '../../signing/tuf-key.ts'
import type { Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { REPOSITORIES } from '@fleetcast/shared/protocol/metadata.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { TrustStatus } from '../../api/resources/trust.ts'
import type { Api } from '../../ports/api.ts'
import type { PublishedTexts, Stage } from '../../ports/stage-folder.ts'
import type { Holder, KeyHolders, NamedRole } from '../../signing/draft-root.ts'
import type { OnlineName } from '../../signing/trust.ts'
import type { GlobalOptions } from '../command-context.ts'
import { draftFirst, draftNext } from './draft-stage.ts'
import { openRole } from './open-keys.ts'
import type { SigningContext } from './signing-context.ts'

type HolderOptions = {
  readonly root?: readonly string[]
  readonly rootThreshold: number
  readonly release?: readonly string[]
  readonly releaseThreshold: number
  readonly stage?: string
}
export type InitOptions = GlobalOptions & HolderOptions & { readonly demo?: boolean }
export type RotateOptions = GlobalOptions & HolderOptions

export async function initTrust(
  context: SigningContext,
  options: InitOptions,
): Promise<Result<string, Refusal>> {
  const api = context.connect(options.hub)
  if (options.demo === true) {
    const made = await api.post<TrustStatus>('/api/v1/trust/demo', {})
    return made.ok
      ? ok('demo trust is set up: every key lies on this hub, and it releases what it registers')
      : made
  }
  const { root, release, stage } = options
  if (root === undefined || release === undefined || stage === undefined)
    return refuse(
      'trust/incomplete',
      'a ceremony needs --root, --release and --stage; --demo needs none of them',
    )
  const status = await api.get<TrustStatus>('/api/v1/trust/status')
  if (!status.ok) return status
  if (status.value.state !== 'none')
    return refuse(
      'trust/exists',
      `this hub has ${status.value.state} trust already; "fleetcast trust rotate" changes keys`,
    )
  const people = await openPeople(context, options)
  if (!people.ok) return people
  const online = await api.get<Record<OnlineName, string>>('/api/v1/trust/keys')
  if (!online.ok) return online
  const image = onlineRole('image-online', online.value['image-online'])
  if (!image.ok) return image
  const director = onlineRole('director-online', online.value['director-online'])
  if (!director.ok) return director
  const holders = { ...people.value, 'image-online': image.value, 'director-online': director.value }
  return writeStage(context, stage, draftFirst(holders as KeyHolders, context.clock.now()))
}

/** A hub's own key is called after its place. */
function onlineRole(name: OnlineName, pem: string): Result<NamedRole, Refusal> {
  const key = readPublicKey(pem)
  return key.ok ? ok({ keys: [{ key: key.value, name: `hub ${name}` }], threshold: 1 }) : key
}

async function openPeople(
  { keys }: SigningContext,
  options: HolderOptions,
): Promise<Result<Partial<KeyHolders>, Refusal>> {
  const holders: { root?: NamedRole; release?: NamedRole } = {}
  for (const [name, files, threshold] of [
    ['root', options.root, options.rootThreshold],
    ['release', options.release, options.releaseThreshold],
  ] as const) {
    if (files === undefined) continue
    const role = await openRole(keys, files, threshold)
    if (!role.ok) return role
    holders[name] = role.value
  }
  return ok(holders)
}

export async function rotateTrust(
  context: SigningContext,
  holder: Holder,
  options: RotateOptions,
): Promise<Result<string, Refusal>> {
  const api = context.connect(options.hub)
  if (options.stage === undefined) {
    const rotated = await api.post<TrustStatus>('/api/v1/trust/demo/rotations', { name: holder })
    return rotated.ok ? ok(`the ${holder} key of the hub is a new one`) : rotated
  }
  if (holder === 'release' && options.release === undefined)
    return refuse(
      'trust/incomplete',
      'name all release keys from now on with --release; any new release renews the list',
    )
  const holders = await newHolders(context, { api, holder, options })
  if (!holders.ok) return holders
  const published = await api.get<PublishedTexts>('/api/v1/trust/published')
  if (!published.ok) return published
  const renews: readonly Repository[] = holder === 'root' ? REPOSITORIES : []
  const drafted = await draftNext(published.value, {
    holders: holders.value,
    renews,
    now: context.clock.now(),
  })
  return drafted.ok ? writeStage(context, options.stage, drafted.value) : drafted
}

type NewHolders = { readonly api: Api; readonly holder: Holder; readonly options: RotateOptions }

async function newHolders(
  context: SigningContext,
  { api, holder, options }: NewHolders,
): Promise<Result<Partial<KeyHolders>, Refusal>> {
  if (holder === 'root' || holder === 'release') return openPeople(context, options)
  const made = await api.post<{ publicKey: string }>('/api/v1/trust/keys', { name: holder })
  if (!made.ok) return made
  const role = onlineRole(holder, made.value.publicKey)
  return role.ok ? ok({ [holder]: role.value }) : role
}

async function writeStage(
  { stage }: SigningContext,
  folder: string,
  drafted: Stage,
): Promise<Result<string, Refusal>> {
  if ((await stage.read(folder)) !== null)
    return refuse(
      'trust/stageExists',
      `${folder} holds files already; publish or remove it, or name another --stage`,
    )
  await stage.write(folder, drafted)
  const names = drafted.files.map(({ repository, file }) => `  ${folder}/${repository}/${file}`)
  return ok(
    ['to be signed:', ...names, `next: "fleetcast trust sign ${folder} --key file:PRIVATE.pem"`].join('\n'),
  )
}
