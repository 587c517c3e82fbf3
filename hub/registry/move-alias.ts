/**
 * The one way an alias moves: compare-and-swap on its revision, one entry of history, one event. Requests that were made
 * for the value before are stale from then on.
 *
 * A1 the newest entry of a name and the alias itself say the same; both are written in one transaction.
 * A2 revisions of a name are 1, 2, 3, ... without a gap, whatever was removed between (triggers refuse anything else).
 */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { decideOpenRequests } from '../store/queries/alias-requests.ts'
import {
  insertAliasEntry,
  lastAliasEntry,
  putAlias,
  type AliasEntry,
  type AliasKey,
} from '../store/queries/aliases.ts'
import { appendEvents } from '../store/queries/events.ts'
import { listVersionNames } from '../store/queries/runs-and-versions.ts'
import type { Db, Store } from '../store/store.ts'
import { HUB_ACTOR } from './alias-name.ts'

export type AliasMove = AliasKey & {
  readonly kind: AliasEntry['kind']
  /** Digest of a version that is not deleted; null removes the alias. */
  readonly to: string | null
  /** The revision that whoever decided has seen; 0: there never was such an alias. */
  readonly expectedRevision: number
  /** As the audit log names the actor; `_hub` for a rollout. */
  readonly by: string
  readonly reason: string
  readonly at: EpochMs
  readonly rollout?: string
  readonly request?: number
}

type Changed = Refusal<'alias/changed'>

/** Call it in a transaction that holds the registry's lock. */
export async function moveAlias(
  db: Db,
  store: Store,
  { to, expectedRevision, ...move }: AliasMove,
): Promise<Result<void, Changed>> {
  const last = await lastAliasEntry(db, store, move)
  if ((last?.revision ?? 0) !== expectedRevision) return refuseChanged(db, store, { key: move, last })
  const entry = {
    ...move,
    revision: expectedRevision + 1,
    fromDigest: last?.toDigest ?? null,
    toDigest: to,
  }
  await insertAliasEntry(db, store, entry)
  await putAlias(db, store, entry)
  await decideOpenRequests(db, store, move, {
    state: 'stale',
    decidedBy: move.by,
    decidedAt: move.at,
    decisionReason: `the alias moved meanwhile: ${move.reason}`,
  })
  const name = await versionNames(db, store)
  await tellAlias(db, store, {
    ...move,
    code: `alias/${move.kind}`,
    message: `${name(entry.fromDigest)} -> ${name(to)} by ${move.by}: ${move.reason}`,
  })
  return ok(undefined)
}

export type AliasEvent = AliasKey & {
  readonly by: string
  readonly at: EpochMs
  readonly code: string
  readonly message: string
}

export const tellAlias = (
  db: Db,
  store: Store,
  { recipe, name, by, at, code, message }: AliasEvent,
): Promise<void> =>
  appendEvents(db, store, [
    {
      ...{ at, eventTime: null, subject: `${recipe}@${name}`, severity: 'info', code, message },
      source: by === HUB_ACTOR ? 'rollout' : 'operator',
    },
  ])

/** Says what it is now and who did that. */
export async function refuseChanged(
  db: Db,
  store: Store,
  { key, last }: { readonly key: AliasKey; readonly last: AliasEntry | undefined },
): Promise<Result<never, Changed>> {
  const alias = `${key.recipe}@${key.name}`
  if (last === undefined) return refuse('alias/changed', `${alias} was never set; its revision is 0`)
  const name = await versionNames(db, store)
  const at = new Date(last.at).toISOString()
  return refuse(
    'alias/changed',
    `${alias} is ${name(last.toDigest)} by now (revision ${last.revision}): ${last.by} did that at ${at}, "${last.reason}"; look again before you change it`,
  )
}

/** How people call a digest. */
export async function versionNames(db: Db, store: Store): Promise<(digest: string | null) => string> {
  const names = new Map(
    (await listVersionNames({ ...store, db })).map(({ digest, version }) => [digest, `version ${version}`]),
  )
  return (digest) => (digest === null ? 'nothing' : (names.get(digest) ?? digest))
}
