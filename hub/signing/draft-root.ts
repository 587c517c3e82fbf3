/**
 * Roots of the two repositories, unsigned. One ceremony makes both: the same people hold the root keys of both, and each
 * root names its repository, since one signed for the director must never be taken for one of the image repository.
 */
import type { Root } from '@tufjs/models'
import { assert } from '@fleetcast/shared/assert.ts'
import { REPOSITORIES, type Repository } from '@fleetcast/shared/protocol/metadata.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { NamedKey } from './tuf-key.ts'
import { rootRole, type RoleKeys, type TopRole } from './write-roles.ts'

export type NamedRole = { readonly keys: readonly NamedKey[]; readonly threshold: number }

/** Who holds what, in both repositories. */
export type KeyHolders = {
  readonly root: NamedRole
  /** Signs the image repository's targets: what may run. */
  readonly release: NamedRole
  readonly 'image-online': NamedRole
  readonly 'director-online': NamedRole
}
export type Holder = keyof KeyHolders

/** Which holder signs which role. */
const HOLDER: Readonly<Record<Repository, Readonly<Record<TopRole, Holder>>>> = {
  image: { root: 'root', targets: 'release', snapshot: 'image-online', timestamp: 'image-online' },
  director: {
    root: 'root',
    targets: 'director-online',
    snapshot: 'director-online',
    timestamp: 'director-online',
  },
}
const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const

export const holderOf = (repository: Repository, role: TopRole): Holder => HOLDER[repository][role]

/** The roots that a change of these holders needs. */
export const rootsTouchedBy = (change: Partial<KeyHolders>): readonly Repository[] =>
  REPOSITORIES.filter((repository) => ROLES.some((role) => change[HOLDER[repository][role]] !== undefined))

export type RootDraft = {
  readonly holders: Partial<KeyHolders>
  /** The root before; null for version 1, which needs all holders. */
  readonly before: Root | null
  readonly isDemo: boolean
  readonly now: EpochMs
}

export function draftRoot(repository: Repository, { holders, before, isDemo, now }: RootDraft): Root {
  const named = byRole((role) => holders[HOLDER[repository][role]] ?? rolesBefore(before, role))
  const roles = byRole((role): RoleKeys => {
    const { keys, threshold } = named[role]
    return { keys: keys.map(({ key }) => key), threshold }
  })
  const names = Object.values(named).flatMap(({ keys }) => keys.map(({ key, name }) => [key.keyID, name]))
  return rootRole({
    version: (before?.version ?? 0) + 1,
    now,
    roles,
    extra: {
      'x-repository': repository,
      'x-names': Object.fromEntries(names),
      ...(isDemo ? { 'x-demo': true } : {}),
    },
  })
}

const byRole = <T>(of: (role: TopRole) => T): Readonly<Record<TopRole, T>> => ({
  root: of('root'),
  targets: of('targets'),
  snapshot: of('snapshot'),
  timestamp: of('timestamp'),
})

function rolesBefore(before: Root | null, role: TopRole): NamedRole {
  assert(before !== null, 'the first root names every key')
  const { keyIDs, threshold } = before.roles[role]!
  return { keys: keyIDs.map((id) => ({ key: before.keys[id]!, name: nameOfKey(before, id) })), threshold }
}

/** What people call a key; the start of its id when the root does not say. */
export function nameOfKey(root: Root, keyId: string): string {
  const names = root.unrecognizedFields['x-names'] as Readonly<Record<string, unknown>> | undefined
  const name = names?.[keyId]
  return typeof name === 'string' ? name : keyId.slice(0, 8)
}
