import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Store } from '../store.ts'

export type EvidenceRow = Store['t']['evidence']['$inferSelect']
export type ProfileRow = Store['t']['profiles']['$inferSelect']
export type LedgerRow = Store['t']['ledger']['$inferSelect']

/** All paired days of one model, every device and reference. */
export const evidenceOfModel = ({ db, t }: Store, model: string): Promise<EvidenceRow[]> =>
  db.select().from(t.evidence).where(eq(t.evidence.model, model)).orderBy(t.evidence.day)

/** All of a device's pairs against persistence, by day. */
export const evidenceOfDevice = ({ db, t }: Store, device: string): Promise<EvidenceRow[]> =>
  db
    .select()
    .from(t.evidence)
    .where(and(eq(t.evidence.device, device), eq(t.evidence.reference, 'persistence')))
    .orderBy(t.evidence.day)

export type AccuracyTotal = {
  readonly device: string
  readonly model: string
  readonly n: number
  readonly sumAbs: number
  readonly sumAbsReference: number
}

/** Live pairs (not the backtest's) against persistence by device and model; `sinceDay` leaves out older days. */
export const liveAccuracy = ({ db, t }: Store, sinceDay: string): Promise<AccuracyTotal[]> =>
  db
    .select({ device: t.evidence.device, model: t.evidence.model, ...accuracySums(t) })
    .from(t.evidence)
    .where(isLiveSince(t, sinceDay))
    .groupBy(t.evidence.device, t.evidence.model)

export type AccuracyDay = Omit<AccuracyTotal, 'device' | 'model'> & { readonly day: string }

/** The same pairs of one model by day, over the given devices, in order of day. */
export const liveAccuracyByDay = (
  { db, t }: Store,
  { model, devices, sinceDay }: { model: string; devices: readonly string[]; sinceDay: string },
): Promise<AccuracyDay[]> =>
  db
    .select({ day: t.evidence.day, ...accuracySums(t) })
    .from(t.evidence)
    .where(
      and(eq(t.evidence.model, model), inArray(t.evidence.device, [...devices]), isLiveSince(t, sinceDay)),
    )
    .groupBy(t.evidence.day)
    .orderBy(t.evidence.day)

const accuracySums = ({ evidence }: Store['t']) => ({
  n: sql<number>`sum(${evidence.n})`.mapWith(Number),
  sumAbs: sql<number>`sum(${evidence.sumAbs})`.mapWith(Number),
  sumAbsReference: sql<number>`sum(${evidence.sumAbsReference})`.mapWith(Number),
})

const isLiveSince = ({ evidence }: Store['t'], sinceDay: string) =>
  and(
    eq(evidence.reference, 'persistence'),
    ne(evidence.source, 'backtest'),
    sql`${evidence.day} >= ${sinceDay}`,
  )

/** Days on which each device served the model. */
export const servedDays = ({ db, t }: Store, model: string): Promise<{ device: string; days: number }[]> =>
  db
    .select({
      device: t.evidence.device,
      days: sql<number>`count(distinct ${t.evidence.day})`.mapWith(Number),
    })
    .from(t.evidence)
    .where(
      and(
        eq(t.evidence.model, model),
        eq(t.evidence.source, 'served'),
        eq(t.evidence.reference, 'persistence'),
      ),
    )
    .groupBy(t.evidence.device)

export const profilesOfDevice = (
  { db, t }: Store,
  device: string,
  days: readonly string[],
): Promise<ProfileRow[]> =>
  db
    .select()
    .from(t.profiles)
    .where(and(eq(t.profiles.device, device), inArray(t.profiles.day, [...days])))
    .orderBy(desc(t.profiles.day), t.profiles.channel)

/** The newest days that have a profile, newest first. */
export const profileDays = ({ db, t }: Store, device: string, limit: number): Promise<string[]> =>
  db
    .selectDistinct({ day: t.profiles.day })
    .from(t.profiles)
    .where(eq(t.profiles.device, device))
    .orderBy(desc(t.profiles.day))
    .limit(limit)
    .then((rows) => rows.map((row) => row.day))

export const ledgerOfDevice = ({ db, t }: Store, device: string, limit: number): Promise<LedgerRow[]> =>
  db.select().from(t.ledger).where(eq(t.ledger.device, device)).orderBy(desc(t.ledger.day)).limit(limit)

/** Days on which each device has counted its readings. */
export const countProfileDays = ({ db, t }: Store): Promise<{ device: string; days: number }[]> =>
  db
    .select({
      device: t.profiles.device,
      days: sql<number>`count(distinct ${t.profiles.day})`.mapWith(Number),
    })
    .from(t.profiles)
    .groupBy(t.profiles.device)
