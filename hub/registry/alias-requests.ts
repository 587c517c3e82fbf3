/** A change of a protected alias, decided by a second person. */
import { assert } from '@fleetcast/shared/assert.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import {
  decideAliasRequest,
  findAliasRequest,
  type AliasRequestRow,
} from '../store/queries/alias-requests.ts'
import { lastAliasEntry, lockRegistry } from '../store/queries/aliases.ts'
import type { Db, Store } from '../store/store.ts'
import type { AliasActor, AliasPorts } from './aliases.ts'
import { moveAlias, refuseChanged, tellAlias } from './move-alias.ts'

export type RequestDecision = {
  readonly id: number
  readonly reason: string
  readonly actor: AliasActor
}

export type RequestCode =
  | 'aliasRequest/notFound'
  | 'alias/requestClosed'
  | 'alias/secondPersonNeeded'
  | 'alias/changed'
type Decided = Result<void, Refusal<RequestCode>>

/**
 * Moves the alias in the same transaction, by compare-and-swap. The person who asked cannot agree, by whichever session or
 * token; that the second one is somebody else in truth is up to whoever makes the users.
 */
export const approveRequest = (
  { store, clock }: AliasPorts,
  { id, reason, actor }: RequestDecision,
): Promise<Decided> =>
  store.tx(async (db) => {
    await lockRegistry(db, store)
    const found = await openRequest(db, store, id)
    if (!found.ok) return found
    const request = found.value
    if (request.requestedBy === actor.user)
      return refuse(
        'alias/secondPersonNeeded',
        `${actor.user} asked for this; somebody else of role releaser or higher has to agree`,
      )
    const at = clock.now()
    const decision = { decidedBy: actor.user, decidedAt: at, decisionReason: reason }
    await decideAliasRequest(db, store, id, { ...decision, state: 'approved' })
    const { recipe, name, toDigest, expectedRevision } = request
    const moved = await moveAlias(db, store, {
      ...{ recipe, name, expectedRevision, to: toDigest, at, request: id },
      ...{ kind: 'approved', by: actor.name, reason: request.reason },
    })
    assert(moved.ok, 'every move of the alias has made this request stale')
    return ok(undefined)
  })

/** Whoever asked may take it back by this, too. */
export const rejectRequest = (
  { store, clock }: AliasPorts,
  { id, reason, actor }: RequestDecision,
): Promise<Decided> =>
  store.tx(async (db) => {
    await lockRegistry(db, store)
    const found = await openRequest(db, store, id)
    if (!found.ok) return found
    const at = clock.now()
    await decideAliasRequest(db, store, id, {
      ...{ state: 'rejected', decidedBy: actor.user, decidedAt: at, decisionReason: reason },
    })
    const { recipe, name } = found.value
    const message = `request ${id} is rejected by ${actor.name}: ${reason}`
    await tellAlias(db, store, { recipe, name, by: actor.name, at, code: 'alias/rejected', message })
    return ok(undefined)
  })

/** Open and still about the value that the alias has; a move of the alias has made every other one stale. */
async function openRequest(
  db: Db,
  store: Store,
  id: number,
): Promise<Result<AliasRequestRow, Refusal<RequestCode>>> {
  const request = await findAliasRequest(db, store, id)
  if (request === undefined)
    return refuse(
      'aliasRequest/notFound',
      `no request has the number ${id}; "fleetcast models aliases requests" shows them`,
    )
  if (request.state === 'open') return ok(request)
  const { recipe, name, state, decidedBy, decisionReason } = request
  if (state === 'stale')
    return refuseChanged(db, store, {
      key: { recipe, name },
      last: await lastAliasEntry(db, store, { recipe, name }),
    })
  return refuse('alias/requestClosed', `request ${id} is ${state} by ${decidedBy}: ${decisionReason}`)
}
