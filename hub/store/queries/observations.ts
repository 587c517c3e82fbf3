/** Readings of the fleet with two times: when they were measured, and when the hub came to know them. */
import { and, asc, eq, gt, gte, inArray, lt, lte, notExists, or, sql, type SQL } from 'drizzle-orm'
import { aliasedTable } from 'drizzle-orm/alias'
import type { Db, NewRow, Store } from '../store.ts'

export type ObservationRow = Store['t']['observations']['$inferSelect']

/** The cursor that holds the newest arrival time ever given to rows, or asked for. */
const ARRIVALS = 'arrivals'

/**
 * An arrival time for rows of this transaction: after every one before it and after every time that somebody has read as of,
 * whatever the clocks of the hubs say. The row is locked until the commit, so times become visible in their order.
 */
export const nextArrivalTime = (db: Db, store: Store, now: number): Promise<number> =>
  moveArrivals(db, store, { to: now, otherwise: 1 })

/** From here on nothing arrives at or before the time that is given back: `now`, or the newest arrival when that is later. */
export const settleArrivals = (db: Db, store: Store, now: number): Promise<number> =>
  moveArrivals(db, store, { to: now, otherwise: 0 })

async function moveArrivals(
  db: Db,
  { t }: Pick<Store, 't'>,
  { to, otherwise }: { readonly to: number; readonly otherwise: 0 | 1 },
): Promise<number> {
  const { position } = t.cursors
  await db.insert(t.cursors).values({ name: ARRIVALS, position: 0 }).onConflictDoNothing()
  const [moved] = await db
    .update(t.cursors)
    .set({ position: sql`case when ${position} < ${to} then ${to} else ${position} + ${otherwise} end` })
    .where(eq(t.cursors.name, ARRIVALS))
    .returning({ position })
  return moved!.position
}

const TIMES_A_QUERY = 500
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]

/** A superset of the observations with these keys, the oldest revision of each first. */
export async function knownObservations(
  db: Db,
  { t }: Pick<Store, 't'>,
  keys: readonly Pick<ObservationRow, 'device' | 'eventTime'>[],
): Promise<readonly ObservationRow[]> {
  const { observations: o } = t
  const devices = unique(keys.map(({ device }) => device))
  const times = unique(keys.map(({ eventTime }) => eventTime))
  const rows: ObservationRow[] = []
  for (let at = 0; at < times.length; at += TIMES_A_QUERY)
    rows.push(
      ...(await db
        .select()
        .from(o)
        .where(and(inArray(o.device, devices), inArray(o.eventTime, times.slice(at, at + TIMES_A_QUERY))))
        .orderBy(asc(o.revision))),
    )
  return rows
}

/** Fails when a revision is there already: nothing is written over. */
export async function addObservations(
  db: Db,
  store: Store,
  rows: readonly NewRow<'observations'>[],
): Promise<void> {
  await store.bulk('observations', rows, { onConflict: 'fail', db })
}

export type ObservationFilter = {
  readonly recipe: string
  readonly asOf: number
  /** Event times in [from, until). */
  readonly from: number | null
  readonly until: number | null
  /** Null: all of them. */
  readonly sites: readonly string[] | null
  readonly devices: readonly string[] | null
}

export type ObservationPlace = Pick<ObservationRow, 'eventTime' | 'device'>

/**
 * What was known at `asOf`: of every reading the newest revision that had arrived. In order of event time and device, behind
 * `after`, so that any number of rows is read in pages.
 */
export function observationsAfter(
  { db, t }: Store,
  filter: ObservationFilter,
  { after, limit }: { readonly after: ObservationPlace | null; readonly limit: number },
): Promise<ObservationRow[]> {
  const { observations: o } = t
  const newer = aliasedTable(o, 'newer')
  const supersededBy = db
    .select({ one: sql`1` })
    .from(newer)
    .where(
      and(
        ...[eq(newer.device, o.device), eq(newer.recipe, o.recipe), eq(newer.eventTime, o.eventTime)],
        ...[gt(newer.revision, o.revision), lte(newer.arrivedAt, filter.asOf)],
      ),
    )
  return db
    .select()
    .from(o)
    .where(and(...conditionsOf(o, filter), behind(o, after), notExists(supersededBy)))
    .orderBy(asc(o.eventTime), asc(o.device))
    .limit(limit)
}

type Table = Store['t']['observations']

const conditionsOf = (
  o: Table,
  { recipe, asOf, from, until, sites, devices }: ObservationFilter,
): readonly (SQL | undefined)[] => [
  eq(o.recipe, recipe),
  lte(o.arrivedAt, asOf),
  from === null ? undefined : gte(o.eventTime, from),
  until === null ? undefined : lt(o.eventTime, until),
  sites === null ? undefined : inArray(o.site, [...sites]),
  devices === null ? undefined : inArray(o.device, [...devices]),
]

/** The first condition says nothing new; it lets the database start in the index at the right place. */
const behind = (o: Table, after: ObservationPlace | null): SQL | undefined =>
  after === null
    ? undefined
    : and(gte(o.eventTime, after.eventTime), or(gt(o.eventTime, after.eventTime), gt(o.device, after.device)))
