import { and, desc, eq } from 'drizzle-orm'
import { assert } from '@fleetcast/shared/assert.ts'
import type { Db, Store } from '../store.ts'
import type { AliasKey } from './aliases.ts'

export type AliasRequestRow = Store['t']['aliasRequests']['$inferSelect']
export type NewAliasRequest = Store['t']['aliasRequests']['$inferInsert']
export type Decision = Pick<AliasRequestRow, 'state' | 'decidedBy' | 'decidedAt' | 'decisionReason'>
type Tables = Pick<Store, 't'>

const REQUESTS_SHOWN = 200

/** Newest first; of one state, or all. */
export const listAliasRequests = (
  { db, t }: Pick<Store, 'db' | 't'>,
  state?: AliasRequestRow['state'],
): Promise<AliasRequestRow[]> =>
  db
    .select()
    .from(t.aliasRequests)
    .where(state === undefined ? undefined : eq(t.aliasRequests.state, state))
    .orderBy(desc(t.aliasRequests.id))
    .limit(REQUESTS_SHOWN)

/** Numbers of the recipe's requests to restore a name that a second person approved. */
export const approvedRestores = (
  { db, t }: Pick<Store, 'db' | 't'>,
  recipe: string,
): Promise<readonly number[]> =>
  db
    .select({ id: t.aliasRequests.id })
    .from(t.aliasRequests)
    .where(
      and(
        eq(t.aliasRequests.recipe, recipe),
        eq(t.aliasRequests.kind, 'restore'),
        eq(t.aliasRequests.state, 'approved'),
      ),
    )
    .then((rows) => rows.map(({ id }) => id))

export const openRequestsFor = (db: Db, { t }: Tables, digest: string): Promise<AliasRequestRow[]> =>
  db
    .select()
    .from(t.aliasRequests)
    .where(and(eq(t.aliasRequests.state, 'open'), eq(t.aliasRequests.toDigest, digest)))

export const findAliasRequest = (db: Db, { t }: Tables, id: number): Promise<AliasRequestRow | undefined> =>
  db
    .select()
    .from(t.aliasRequests)
    .where(eq(t.aliasRequests.id, id))
    .then((rows) => rows[0])

export async function insertAliasRequest(
  db: Db,
  { t }: Tables,
  request: NewAliasRequest,
): Promise<AliasRequestRow> {
  const [row] = await db.insert(t.aliasRequests).values(request).returning()
  assert(row !== undefined, 'an insert returns its row')
  return row
}

/** Decides one request that is open. */
export async function decideAliasRequest(
  db: Db,
  { t }: Tables,
  id: number,
  decision: Decision,
): Promise<void> {
  await db
    .update(t.aliasRequests)
    .set(decision)
    .where(and(eq(t.aliasRequests.id, id), eq(t.aliasRequests.state, 'open')))
}

/** Decides every open request of a name. */
export async function decideOpenRequests(
  db: Db,
  { t }: Tables,
  { recipe, name }: AliasKey,
  decision: Decision,
): Promise<void> {
  const r = t.aliasRequests
  await db
    .update(r)
    .set(decision)
    .where(and(eq(r.recipe, recipe), eq(r.name, name), eq(r.state, 'open')))
}
