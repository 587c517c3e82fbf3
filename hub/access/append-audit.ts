/** Writes to the audit log; there is no way to change it. */
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { insertAudit, lastAudit, lockAudit } from '../store/queries/audit.ts'
import type { Db, Store } from '../store/store.ts'
import { auditHash, CHAIN_START, type AuditEntry } from './audit-chain.ts'
import { plainJson } from './audit-details.ts'

export type NewAudit = {
  readonly at: EpochMs
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly details: unknown
}

const SUBJECT_LENGTH_MAX = 300

/** Appends one entry inside the caller's transaction (`db` is the transaction's own), so a change and its entry are one. */
export async function appendAudit(
  db: Db,
  store: Pick<Store, 't' | 'engine'>,
  entry: NewAudit,
): Promise<AuditEntry> {
  await lockAudit(db, store)
  const last = await lastAudit(db, store)
  const content = {
    sequence: (last?.sequence ?? 0) + 1,
    at: entry.at,
    actor: String(plainJson(entry.actor.slice(0, SUBJECT_LENGTH_MAX))),
    action: entry.action,
    subject: String(plainJson(entry.subject.slice(0, SUBJECT_LENGTH_MAX))),
    details: plainJson(entry.details),
    previous: last?.hash ?? CHAIN_START,
  }
  const row = { ...content, hash: auditHash(content) }
  await insertAudit(db, store, row)
  return row
}

/** The same in a transaction of its own. */
export const recordAudit = (store: Store, entry: NewAudit): Promise<AuditEntry> =>
  store.tx((db) => appendAudit(db, store, entry))
