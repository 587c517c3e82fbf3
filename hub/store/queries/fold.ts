import { and, inArray } from 'drizzle-orm'
import type { Db, NewRow, Store } from '../store.ts'

/** Adds increments to the totals of their keys. */
export async function addEvidence(db: Db, store: Store, rows: readonly NewRow<'evidence'>[]): Promise<void> {
  await store.bulk('evidence', rows, {
    onConflict: { key: ['device', 'model', 'reference', 'source', 'day'], merge: 'add' },
    db,
  })
}

export async function addLedger(db: Db, store: Store, rows: readonly NewRow<'ledger'>[]): Promise<void> {
  await store.bulk('ledger', rows, { onConflict: { key: ['device', 'day'], merge: 'add' }, db })
}

export type StoredProfile = Store['t']['profiles']['$inferSelect']

const unique = (values: readonly string[]): string[] => [...new Set(values)]

/** A superset of the profiles with these keys: every one of their devices and days. */
export async function storedProfiles(
  db: Db,
  { t }: Pick<Store, 't'>,
  keys: readonly { readonly device: string; readonly day: string }[],
): Promise<StoredProfile[]> {
  if (keys.length === 0) return []
  return db
    .select()
    .from(t.profiles)
    .where(
      and(
        inArray(t.profiles.device, unique(keys.map(({ device }) => device))),
        inArray(t.profiles.day, unique(keys.map(({ day }) => day))),
      ),
    )
}

export async function putProfiles(db: Db, store: Store, rows: readonly NewRow<'profiles'>[]): Promise<void> {
  await store.bulk('profiles', rows, {
    onConflict: { key: ['device', 'channel', 'day', 'edges'], merge: 'replace' },
    db,
  })
}
