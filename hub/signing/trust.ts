/** The hub's live trust: what is published, which keys lie here, and the one way to publish something else. */
import { REPOSITORIES, type Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { DAY_MS } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { TrustFiles } from '../ports/trust-files.ts'
import { applyChange, onlineKeysOf, signPublication, type Change } from './assemble-publication.ts'
import { ensureKey, readHeldKeys, settleKeys, signersOf, type HeldKey } from './held-keys.ts'
import {
  isDemo,
  publishedFile,
  readPublication,
  rootOf,
  timestampOf,
  writePublication,
  type Publication,
} from './publication.ts'
import type { Signer } from './signer.ts'
import { verifyPublication } from './verify-publication.ts'
import { LIFE } from './write-roles.ts'

/** `none`: no ceremony was held yet. `demo`: all keys lie on this hub. */
export type TrustState = 'none' | 'demo' | 'production'

export type OnlineName = 'image-online' | 'director-online'

export type Trust = {
  readonly state: () => TrustState
  readonly publication: () => Publication | null
  readonly held: () => readonly HeldKey[]
  /** The key that signs orders. */
  readonly director: () => Result<Signer, Refusal<'trust/notInitialised'>>
  /** Root, targets and the rest of the image repository, and the roots of the director; null for what is not published. */
  readonly file: (repository: Repository, name: string) => Promise<Uint8Array | null>
  /** A new online key (the same until a root names it), as PEM of its public part. */
  readonly newOnlineKey: (name: OnlineName) => Promise<string>
  /** Verified with the agents' own client, durable and visible when it resolves; refused changes leave everything as it was. */
  readonly publish: (change: Change) => Promise<Result<void, Refusal>>
  /** Signs snapshot and timestamp anew when they are a day old; false when it was not due. */
  readonly renew: () => Promise<Result<boolean, Refusal>>
}

export type TrustPorts = {
  readonly files: TrustFiles
  readonly clock: Pick<Clock, 'now'>
}

/** What to say where trust is needed and there is none. */
export const notInitialised = (): Result<never, Refusal<'trust/notInitialised'>> =>
  refuse(
    'trust/notInitialised',
    'no keys are trusted yet; type "fleetcast trust init --demo" to try things out, or hold the key ceremony (docs/ceremony.md)',
  )

export async function openTrust({ files, clock }: TrustPorts): Promise<Trust> {
  for (const name of ['image-online', 'director-online'] as const) await ensureKey(files, name, 'live')
  let publication = await readPublication(files)
  if (publication !== null) await settle(files, publication)
  let held = await readHeldKeys(files)
  const oneAtATime = createQueue()
  const publish = (change: Change): Promise<Result<void, Refusal>> =>
    oneAtATime(async () => {
      held = await readHeldKeys(files)
      const next = await prepare({ before: publication, change, held, now: clock.now() })
      if (!next.ok) return next
      await writePublication(files, next.value)
      publication = next.value
      await settle(files, publication)
      held = await readHeldKeys(files)
      return ok(undefined)
    })
  return {
    state: () => (publication === null ? 'none' : isDemo(publication) ? 'demo' : 'production'),
    publication: () => publication,
    held: () => held,
    director: () => {
      if (publication === null) return notInitialised()
      const keys = onlineKeysOf(publication, held)
      return keys.ok ? ok(keys.value.director) : notInitialised()
    },
    file: async (repository, name) => {
      if (publication === null) return null
      const live = publishedFile(publication, repository, name)
      // A client in the middle of a refresh still asks for the snapshot of the publication before.
      const isOlder = repository === 'image' && /^\d+\.(snapshot|targets)\.json$/.test(name)
      return live ?? (isOlder ? await files.read(repository, name) : null)
    },
    newOnlineKey: async (name) => (await ensureKey(files, name, 'pending')).publicPem,
    publish,
    renew: async () => {
      if (publication === null) return ok(false)
      const expires = Date.parse(timestampOf(publication).signed.expires)
      if (expires - clock.now() > LIFE.timestamp - DAY_MS) return ok(false)
      const renewed = await publish({})
      return renewed.ok ? ok(true) : renewed
    },
  }
}

type Prepared = {
  readonly before: Publication | null
  readonly change: Change
  readonly held: readonly HeldKey[]
  readonly now: ReturnType<Clock['now']>
}

async function prepare({ before, change, held, now }: Prepared): Promise<Result<Publication, Refusal>> {
  const files = await applyChange(before, change)
  if (!files.ok) return files
  const keys = onlineKeysOf(files.value, held)
  if (!keys.ok) return keys
  const { image, director } = keys.value
  const next = await signPublication(files.value, { before, image, now })
  const honest = refuseHiddenDemo(next, held)
  if (!honest.ok) return honest
  const verified = await verifyPublication({ next, before, director, now })
  return verified.ok ? ok(next) : verified
}

/** A root that does not say `x-demo` while a root or release key lies on the hub would claim more than is true. */
function refuseHiddenDemo(
  next: Publication,
  held: readonly HeldKey[],
): Result<void, Refusal<'trust/demoKeys'>> {
  for (const repository of REPOSITORIES) {
    const root = rootOf(next, repository).signed
    const released = repository === 'image' ? signersOf(held, root, 'targets') : []
    if (root.unrecognizedFields['x-demo'] === true) continue
    if (signersOf(held, root, 'root').length + released.length > 0)
      return refuse(
        'trust/demoKeys',
        'a root or release key of this root lies on the hub; replace both with "fleetcast trust rotate root --root ... --release ..."',
      )
  }
  return ok(undefined)
}

const settle = (files: TrustFiles, publication: Publication): Promise<void> =>
  settleKeys(files, [rootOf(publication, 'image').signed, rootOf(publication, 'director').signed])

/** Publications follow one another: each stands on the one before. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined) // whoever asked gets the failure
    return mine
  }
}
