/**
 * The champion follows the rollouts. Nobody is asked: the rollout's gates were its approval, and its evidence is kept with
 * the entry's rollout. Both are called in a transaction that holds the registry's lock.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { aliasEntryOfRollout, lastAliasEntry } from '../store/queries/aliases.ts'
import { findVersionByDigest } from '../store/queries/runs-and-versions.ts'
import type { Db, Store } from '../store/store.ts'
import { CHAMPION, HUB_ACTOR } from './alias-name.ts'
import { moveAlias, type AliasMove } from './move-alias.ts'

export type EndedRollout = {
  readonly id: string
  readonly recipe: string
  readonly digest: string
  readonly at: EpochMs
}

/** A rollout has completed: its version is the champion. */
export async function crownVersion(db: Db, store: Store, rollout: EndedRollout): Promise<void> {
  const last = await lastAliasEntry(db, store, keyOf(rollout))
  if (last?.toDigest === rollout.digest) return
  await move(db, store, {
    ...ownMove(rollout),
    ...{ kind: 'set', to: rollout.digest, expectedRevision: last?.revision ?? 0 },
    reason: `rollout ${rollout.id} completed`,
  })
}

/** It was rolled back: the champion is again what it was before the rollout, unless it is another version by now. */
export async function uncrownVersion(db: Db, store: Store, rollout: EndedRollout): Promise<void> {
  const crowned = await aliasEntryOfRollout(db, store, { ...keyOf(rollout), rollout: rollout.id })
  const last = await lastAliasEntry(db, store, keyOf(rollout))
  if (crowned === undefined || last?.toDigest !== rollout.digest) return
  const { fromDigest } = crowned
  const before = fromDigest === null ? undefined : await findVersionByDigest({ ...store, db }, fromDigest)
  await move(db, store, {
    ...ownMove(rollout),
    ...{ kind: 'restore', to: before?.digest ?? null, expectedRevision: last.revision },
    reason: `rollout ${rollout.id} was rolled back`,
  })
}

const keyOf = ({ recipe }: EndedRollout) => ({ recipe, name: CHAMPION })

const ownMove = (rollout: EndedRollout) => ({
  ...keyOf(rollout),
  ...{ by: HUB_ACTOR, at: rollout.at, rollout: rollout.id },
})

async function move(db: Db, store: Store, wanted: AliasMove): Promise<void> {
  const moved = await moveAlias(db, store, wanted)
  assert(moved.ok, 'the revision was read under the same lock')
}
