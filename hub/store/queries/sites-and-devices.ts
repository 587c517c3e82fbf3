import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Db, Store } from '../store.ts'

export type SiteRow = Store['t']['sites']['$inferSelect']
export type DeviceRow = Store['t']['devices']['$inferSelect']
export type StreamRow = Store['t']['streams']['$inferSelect']

export const listSites = ({ db, t }: Store): Promise<SiteRow[]> =>
  db.select().from(t.sites).orderBy(t.sites.id)

export const findSite = ({ db, t }: Store, id: SiteId): Promise<SiteRow | undefined> =>
  db
    .select()
    .from(t.sites)
    .where(eq(t.sites.id, id))
    .then((rows) => rows[0])

/** Adds a site or corrects its position; stations already enrolled keep the position they enrolled with. */
export async function putSite({ db, t }: Store, site: typeof t.sites.$inferInsert): Promise<void> {
  const { latitude, longitude } = site
  await db
    .insert(t.sites)
    .values(site)
    .onConflictDoUpdate({ target: t.sites.id, set: { latitude, longitude } })
}

export const listDevices = ({ db, t }: Store): Promise<DeviceRow[]> =>
  db.select().from(t.devices).orderBy(t.devices.id)

/** Enrolled stations of one recipe: its fleet. */
export const listEnrolled = ({ db, t }: Store, recipe: string): Promise<DeviceRow[]> =>
  db
    .select()
    .from(t.devices)
    .where(and(eq(t.devices.recipe, recipe), isNotNull(t.devices.enrolledAt)))
    .orderBy(t.devices.id)

export const findDevice = ({ db, t }: Store, id: DeviceId): Promise<DeviceRow | undefined> =>
  db
    .select()
    .from(t.devices)
    .where(eq(t.devices.id, id))
    .then((rows) => rows[0])

const IDS_A_QUERY = 500

/** Those of the ids that are known. */
export async function devicesOf(
  db: Db,
  { t }: Pick<Store, 't'>,
  ids: readonly string[],
): Promise<DeviceRow[]> {
  const rows: DeviceRow[] = []
  for (let at = 0; at < ids.length; at += IDS_A_QUERY)
    rows.push(
      ...(await db
        .select()
        .from(t.devices)
        .where(inArray(t.devices.id, ids.slice(at, at + IDS_A_QUERY)))),
    )
  return rows
}

/** Adds devices; one that is known already gets the new values. */
export async function putDevices(
  db: Db,
  store: Store,
  devices: readonly (typeof store.t.devices.$inferInsert)[],
): Promise<void> {
  await store.bulk('devices', devices, { onConflict: { key: ['id'], merge: 'replace' }, db })
}

/** Puts the key on record unless there is one: of two that ask at once, one gets it. */
export async function claimKey(
  store: Store,
  id: DeviceId,
  { publicKey, at }: { readonly publicKey: string; readonly at: number },
): Promise<'first' | 'again' | 'otherKey'> {
  const { db, t } = store
  const claimed = await db
    .update(t.devices)
    .set({ publicKey, enrolledAt: at })
    .where(and(eq(t.devices.id, id), isNull(t.devices.publicKey), isNull(t.devices.revokedAt)))
    .returning({ id: t.devices.id })
  if (claimed.length === 1) return 'first'
  return (await findDevice(store, id))?.publicKey === publicKey ? 'again' : 'otherKey'
}

export const listRevoked = ({ db, t }: Store): Promise<DeviceRow[]> =>
  db.select().from(t.devices).where(isNotNull(t.devices.revokedAt)).orderBy(t.devices.id)

/** False when the device is revoked already. */
export const setRevoked = ({ db, t }: Store, id: DeviceId, at: number): Promise<boolean> =>
  db
    .update(t.devices)
    .set({ revokedAt: at })
    .where(and(eq(t.devices.id, id), isNull(t.devices.revokedAt)))
    .returning({ id: t.devices.id })
    .then((rows) => rows.length === 1)

export async function updateDevice(
  { db, t }: Store,
  id: DeviceId,
  set: Partial<typeof t.devices.$inferInsert>,
): Promise<void> {
  await db.update(t.devices).set(set).where(eq(t.devices.id, id))
}

/** After a start nobody is connected, whatever the database remembers. */
export async function forgetConnections({ db, t }: Store): Promise<void> {
  await db.update(t.devices).set({ isConnected: false })
}

export const listStreams = ({ db, t }: Store): Promise<StreamRow[]> => db.select().from(t.streams)

/** What the device last said of itself; its newest reading never goes back. */
export async function reportStatus(
  db: Db,
  { t }: Pick<Store, 't'>,
  id: string,
  { status, newestAt }: { readonly status: StatusRecord; readonly newestAt: number | null },
): Promise<void> {
  const later = newestAt === null ? {} : { lastReadingAt: laterOf(t.devices.lastReadingAt, newestAt) }
  await db
    .update(t.devices)
    .set({ status, ...later })
    .where(eq(t.devices.id, id))
}

/** The two dialects name the greater of two values differently; `case` reads the same in both. */
const laterOf = (column: Store['t']['devices']['lastReadingAt'], at: number) =>
  sql`case when ${column} is null or ${column} < ${at} then ${at} else ${column} end`
