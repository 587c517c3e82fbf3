/** What people may do with an alias: set it, return it to its previous value, remove it. A protected one only asks for that. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import {
  decideOpenRequests,
  insertAliasRequest,
  type AliasRequestRow,
} from '../store/queries/alias-requests.ts'
import { lastAliasEntry, lockRegistry, type AliasEntry, type AliasKey } from '../store/queries/aliases.ts'
import type { Db, Store } from '../store/store.ts'
import { moveAlias, refuseChanged, tellAlias, versionNames } from './move-alias.ts'
import { readProtection } from './protect-alias.ts'
import { resolveVersion, versionName, type ResolveCode } from './resolve-version.ts'

export type AliasPorts = { readonly store: Store; readonly clock: Pick<Clock, 'now'> }

/** `name` is what the audit log says; `user` the person, whichever token was used. */
export type AliasActor = { readonly name: string; readonly user: string }

export type AliasChange = AliasKey & {
  /** The revision that was seen; 0 when there never was such an alias. */
  readonly expectedRevision: number
  readonly reason: string
  readonly actor: AliasActor
}

export type AliasCode = ResolveCode | 'alias/changed' | 'alias/otherRecipe' | 'alias/noPrevious'

/** `request`: the alias is protected and waits for a second person; null: it is done. */
export type AliasOutcome = { readonly request: AliasRequestRow | null }
type Outcome = Result<AliasOutcome, Refusal<AliasCode>>

/** Points the alias to a version; `version` is named as in `resolveVersion`. */
export const setAlias = (
  ports: AliasPorts,
  change: AliasChange & { readonly version: string },
): Promise<Outcome> =>
  changeAlias(ports, change, {
    kind: 'set',
    target: async (reading) => {
      const found = await resolveVersion(reading, change.version)
      if (!found.ok) return found
      if (found.value.recipe === change.recipe) return ok(found.value.digest)
      return refuse(
        'alias/otherRecipe',
        `${versionName(found.value)} is of another recipe; an alias of ${change.recipe} names one of its own versions`,
      )
    },
  })

/** Back to what the alias was before its last change; a second time is forth again. */
export const restoreAlias = (ports: AliasPorts, change: AliasChange): Promise<Outcome> =>
  changeAlias(ports, change, {
    kind: 'restore',
    target: async (reading, last) => {
      if (last?.fromDigest == null)
        return refuse(
          'alias/noPrevious',
          `${change.recipe}@${change.name} has no previous value; "fleetcast models aliases history" shows what it was`,
        )
      const found = await resolveVersion(reading, last.fromDigest)
      return found.ok ? ok(found.value.digest) : found
    },
  })

/** Takes the name away; its history stays, and goes on when it is set again. */
export const removeAlias = (ports: AliasPorts, change: AliasChange): Promise<Outcome> =>
  changeAlias(ports, change, {
    kind: 'remove',
    target: async (_reading, last) =>
      last?.toDigest == null
        ? refuse('alias/notFound', `${change.recipe} has no alias ${change.name}`)
        : ok(null),
  })

type Wish = {
  readonly kind: AliasRequestRow['kind']
  readonly target: (
    reading: Pick<Store, 'db' | 't'>,
    last: AliasEntry | undefined,
  ) => Promise<Result<string | null, Refusal<AliasCode>>>
}

function changeAlias(
  { store, clock }: AliasPorts,
  { actor, ...change }: AliasChange,
  { kind, target }: Wish,
): Promise<Outcome> {
  return store.tx(async (db) => {
    await lockRegistry(db, store)
    const { recipe, name, expectedRevision, reason } = change
    const key = { recipe, name }
    const inside = { ...store, db }
    const last = await lastAliasEntry(db, store, key)
    const to = await target(inside, last)
    if (!to.ok) return to
    if ((last?.revision ?? 0) !== expectedRevision) return refuseChanged(db, store, { key, last })
    if (to.value === (last?.toDigest ?? null)) return ok({ request: null })
    const at = clock.now()
    const asked = { ...key, kind, to: to.value, expectedRevision, reason, at }
    const isProtected = await readProtection(inside)
    if (isProtected(key)) return ok({ request: await ask(db, store, { ...asked, user: actor.user }) })
    const moved = await moveAlias(db, store, { ...asked, by: actor.name })
    return moved.ok ? ok({ request: null }) : moved
  })
}

type Asked = AliasKey & {
  readonly kind: AliasRequestRow['kind']
  readonly to: string | null
  readonly expectedRevision: number
  readonly reason: string
  readonly at: EpochMs
  readonly user: string
}

/** One request of a name is open at a time: the newest takes the place of the one before. */
async function ask(db: Db, store: Store, { to, user, at, ...asked }: Asked): Promise<AliasRequestRow> {
  await decideOpenRequests(db, store, asked, {
    state: 'superseded',
    decidedBy: user,
    decidedAt: at,
    decisionReason: `asked for something else: ${asked.reason}`,
  })
  const name = await versionNames(db, store)
  await tellAlias(db, store, {
    ...{ recipe: asked.recipe, name: asked.name, by: user, at, code: 'alias/requested' },
    message: `${user} asks for ${name(to)}: ${asked.reason}`,
  })
  return insertAliasRequest(db, store, {
    ...asked,
    ...{ toDigest: to, requestedBy: user, requestedAt: at, state: 'open' },
  })
}
