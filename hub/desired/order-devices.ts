/**
 * What each device shall run becomes a signed order with the next generation. Level-triggered: an order that says
 * nothing new is not sent again, and after a restart every order is published once more (the broker keeps them in memory).
 */
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { DesiredEnvelope, type Desired } from '@fleetcast/shared/protocol/desired.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { DesiredOrder } from '../rollouts/plan.ts'
import type { Signer } from '../signing/signer.ts'
import { listDesired, putDesired, type DesiredRow } from '../store/queries/desired-and-rollouts.ts'
import { listDevices } from '../store/queries/sites-and-devices.ts'
import type { Db, Store } from '../store/store.ts'

export type SignedOrder = { readonly device: DeviceId; readonly envelope: DesiredEnvelope }

export const desiredOf = (row: DesiredRow): Desired => row.envelope.signed

/** Orders that differ from the stored ones, signed. Pure. */
export function signOrders(
  signer: Signer,
  orders: readonly DesiredOrder[],
  stored: ReadonlyMap<string, Desired>,
): readonly SignedOrder[] {
  return orders.flatMap((order) => {
    const before = stored.get(order.device)
    if (before !== undefined && isSame(before, order)) return []
    const signed: Desired = {
      schema: 'fleetcast/desired/1',
      device: order.device,
      generation: (before?.generation ?? 0) + 1,
      champion: order.champion,
      candidate: order.candidate,
      prefetch: [...order.prefetch],
    }
    return [{ device: order.device, envelope: signEnvelopeOf(signer, signed) }]
  })
}

function signEnvelopeOf(signer: Signer, desired: Desired): DesiredEnvelope {
  const { signed, signatures } = signer.sign(desired)
  return { signed, signatures: [...signatures] }
}

const isSame = (before: Desired, order: DesiredOrder): boolean =>
  before.champion === order.champion &&
  before.candidate === order.candidate &&
  before.prefetch.length === order.prefetch.length &&
  before.prefetch.every((digest, i) => digest === order.prefetch[i])

/** Stores the orders; call inside the transaction that stores the plan they come from. */
export async function storeOrders(
  db: Db,
  store: Pick<Store, 't'>,
  { orders, now }: { orders: readonly SignedOrder[]; now: EpochMs },
): Promise<void> {
  for (const { device, envelope } of orders)
    await putDesired(db, store, { device, generation: envelope.signed.generation, envelope, updatedAt: now })
}

export type PublishWant = (address: DeviceAddress, payload: Uint8Array) => void

/** Publishes every stored order as the retained message of its device. */
export async function publishAllOrders(store: Store, publish: PublishWant): Promise<void> {
  const addressByDevice = await addresses(store)
  for (const row of await listDesired(store)) {
    const address = addressByDevice.get(row.device)
    if (address !== undefined) publish(address, encodeOrder(DesiredEnvelope.parse(row.envelope)))
  }
}

export async function addresses(store: Store): Promise<ReadonlyMap<string, DeviceAddress>> {
  const devices = await listDevices(store)
  return new Map(
    devices.map(({ id, site }) => [id, { device: DeviceId.parse(id), site: SiteId.parse(site) }]),
  )
}

export const encodeOrder = (envelope: DesiredEnvelope): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(envelope))
