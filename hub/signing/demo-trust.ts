/** Demo trust: the hub holds every key and signs whatever is asked, so that everything can be tried without a ceremony. */
import type { Targets } from '@tufjs/models'
import type { Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { KEY_NAMES, type KeyName } from '../ports/trust-files.ts'
import { draftRoot, rootsTouchedBy, type KeyHolders, type NamedRole } from './draft-root.ts'
import { ensureKey, readHeldKeys, signersOf, type HeldKey } from './held-keys.ts'
import { rootOf, targetsOf } from './publication.ts'
import { firstList, sameList } from './release-list.ts'
import { signHere } from './sign-metadata.ts'
import type { Signer } from './signer.ts'
import { notInitialised, type Trust, type TrustPorts } from './trust.ts'

export type DemoCode = 'trust/exists' | 'trust/notInitialised' | 'trust/notDemo'

const roleOf = ({ name, signer }: HeldKey): NamedRole => ({
  keys: [{ key: signer.key, name: `hub ${name}` }],
  threshold: 1,
})

/** Makes all keys and publishes the first roots, which say that they are a demo, and the empty list of releases. */
export async function initDemo(trust: Trust, { files, clock }: TrustPorts): Promise<Result<void, Refusal>> {
  if (trust.state() !== 'none')
    return refuse(
      'trust/exists',
      `trust is set up already (${trust.state()}); "fleetcast trust rotate" changes keys, a fresh start needs an empty state folder`,
    )
  const made: Record<string, HeldKey> = {}
  for (const name of KEY_NAMES) made[name] = await ensureKey(files, name, 'live')
  const holders = Object.fromEntries(
    Object.entries(made).map(([name, key]) => [name, roleOf(key)]),
  ) as KeyHolders
  const now = clock.now()
  const root = (repository: Repository) =>
    signHere(draftRoot(repository, { holders, before: null, isDemo: true, now }), [made['root']!.signer])
  return trust.publish({
    roots: { image: await root('image'), director: await root('director') },
    targets: await signHere(firstList(now), [made['release']!.signer]),
  })
}

/** Replaces one key by a new one of the hub's own, at once. */
export async function rotateDemo(
  trust: Trust,
  { files, clock }: TrustPorts,
  name: KeyName,
): Promise<Result<void, Refusal>> {
  const demo = demoOf(trust)
  if (!demo.ok) return demo
  const fresh = await ensureKey(files, name, 'pending')
  const held = await readHeldKeys(files)
  const holders = { [name]: roleOf(fresh) } as Partial<KeyHolders>
  const now = clock.now()
  const roots: Partial<
    Record<Repository, Awaited<ReturnType<typeof signHere<ReturnType<typeof draftRoot>>>>>
  > = {}
  for (const repository of rootsTouchedBy(holders)) {
    const before = rootOf(demo.value, repository).signed
    const old = signersOf(held, before, 'root')
    const draft = draftRoot(repository, { holders, before, isDemo: true, now })
    roots[repository] = await signHere(draft, unique([...old, ...signersOf(held, draft, 'root')]))
  }
  const list = sameList(targetsOf(demo.value).signed, now)
  return trust.publish({
    roots,
    ...(name === 'release' ? { targets: await signHere(list, [fresh.signer]) } : {}),
  })
}

/** Changes the list of releases with the release key on this hub. */
export async function releaseHere(
  trust: Trust,
  { clock }: Pick<TrustPorts, 'clock'>,
  change: (before: Targets, now: EpochMs) => Result<Targets, Refusal>,
): Promise<Result<void, Refusal>> {
  const demo = demoOf(trust)
  if (!demo.ok) return demo
  const next = change(targetsOf(demo.value).signed, clock.now())
  if (!next.ok) return next
  const root = rootOf(demo.value, 'image').signed
  return trust.publish({ targets: await signHere(next.value, signersOf(trust.held(), root, 'targets')) })
}

function demoOf(trust: Trust) {
  const publication = trust.publication()
  if (publication === null) return notInitialised()
  if (trust.state() === 'demo') return ok(publication)
  return refuse(
    'trust/notDemo',
    'the keys for this do not lie on the hub; use "--key" or "--stage DIR" with the people who hold them (docs/ceremony.md)',
  )
}

const unique = (signers: readonly Signer[]): readonly Signer[] => [
  ...new Map(signers.map((signer) => [signer.key.keyID, signer])).values(),
]
