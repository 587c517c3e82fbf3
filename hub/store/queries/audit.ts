/** The audit log's rows; the chain's rule stands in hub/access/audit-chain.ts. */
import { asc, desc, gt, lt, sql } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type AuditRow = Store['t']['audit']['$inferSelect']

/** Any number that nothing else locks. */
const CHAIN_LOCK = 7002

/** Until the transaction ends, nobody else appends. SQLite has one writer at a time by itself. */
export async function lockAudit(db: Db, { engine }: Pick<Store, 'engine'>): Promise<void> {
  if (engine === 'postgres')
    await db
      .select({ locked: sql<string>`pg_advisory_xact_lock(${CHAIN_LOCK})::text` })
      .from(sql`(values (1)) as one`)
}

export const lastAudit = (db: Db, { t }: Pick<Store, 't'>): Promise<AuditRow | undefined> =>
  db
    .select()
    .from(t.audit)
    .orderBy(desc(t.audit.sequence))
    .limit(1)
    .then((rows) => rows[0])

export async function insertAudit(db: Db, { t }: Pick<Store, 't'>, row: AuditRow): Promise<void> {
  await db.insert(t.audit).values(row)
}

/** Oldest first, only those after `after`. */
export const listAuditAfter = ({ db, t }: Store, after: number, limit: number): Promise<AuditRow[]> =>
  db.select().from(t.audit).where(gt(t.audit.sequence, after)).orderBy(asc(t.audit.sequence)).limit(limit)

/** Newest first, only those before `before`. */
export const listAuditBefore = ({ db, t }: Store, before: number, limit: number): Promise<AuditRow[]> =>
  db.select().from(t.audit).where(lt(t.audit.sequence, before)).orderBy(desc(t.audit.sequence)).limit(limit)
