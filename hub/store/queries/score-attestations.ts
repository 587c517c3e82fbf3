/** Attestations of the ML Test Score: added, never changed. */
import { and, desc, eq } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type AttestationRow = Store['t']['scoreAttestations']['$inferSelect']
export type NewAttestation = Store['t']['scoreAttestations']['$inferInsert']
type Reading = Pick<Store, 'db' | 't'>

/** Every change of the recipe's attestations, newest first. */
export const listAttestations = ({ db, t }: Reading, recipe: string): Promise<AttestationRow[]> =>
  db
    .select()
    .from(t.scoreAttestations)
    .where(eq(t.scoreAttestations.recipe, recipe))
    .orderBy(desc(t.scoreAttestations.id))

export const newestAttestation = (
  { db, t }: Reading,
  { recipe, test }: { readonly recipe: string; readonly test: string },
): Promise<AttestationRow | undefined> =>
  db
    .select()
    .from(t.scoreAttestations)
    .where(and(eq(t.scoreAttestations.recipe, recipe), eq(t.scoreAttestations.test, test)))
    .orderBy(desc(t.scoreAttestations.id))
    .limit(1)
    .then((rows) => rows[0])

export const insertAttestation = (
  db: Db,
  { t }: Pick<Store, 't'>,
  row: NewAttestation,
): Promise<AttestationRow> =>
  db
    .insert(t.scoreAttestations)
    .values(row)
    .returning()
    .then((rows) => rows[0]!)
