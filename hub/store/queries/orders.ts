import { and, eq } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type OrderRow = Store['t']['orders']['$inferSelect']
type Reading = Pick<Store, 'db' | 't'>
type Tables = Pick<Store, 't'>

export const listOrders = ({ db, t }: Reading): Promise<OrderRow[]> => db.select().from(t.orders)

export const findOrder = ({ db, t }: Reading, device: string): Promise<OrderRow | undefined> =>
  db
    .select()
    .from(t.orders)
    .where(eq(t.orders.device, device))
    .then((rows) => rows[0])

/** The device's order, in place of the one before; call it inside the transaction that read that one. */
export async function putOrder(db: Db, { t }: Tables, row: OrderRow): Promise<void> {
  const { device: _device, ...set } = row
  await db.insert(t.orders).values(row).onConflictDoUpdate({ target: t.orders.device, set })
}

/** The first order of a device; an order that came meanwhile stays. */
export async function insertFirstOrder({ db, t }: Reading, row: OrderRow): Promise<void> {
  await db.insert(t.orders).values(row).onConflictDoNothing({ target: t.orders.device })
}

/** Replaces the order of that generation; false when there is a newer one already. */
export async function replaceOrder({ db, t }: Reading, generation: number, row: OrderRow): Promise<boolean> {
  const { device, ...set } = row
  const changed = await db
    .update(t.orders)
    .set(set)
    .where(and(eq(t.orders.device, device), eq(t.orders.generation, generation)))
    .returning({ device: t.orders.device })
  return changed.length === 1
}
