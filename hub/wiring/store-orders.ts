/** What may be ordered: released models only, signed by the director and stored with the plan they come from. */
import { assert } from '@fleetcast/shared/assert.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { appendAudit } from '../access/append-audit.ts'
import {
  addresses,
  encodeHint,
  orderableOnly,
  signOrders,
  type PublishWant,
  type Signing,
} from '../desired/order-devices.ts'
import type { DesiredOrder } from '../rollouts/plan.ts'
import { targetsOf } from '../signing/publication.ts'
import { orderableTargets } from '../signing/release-list.ts'
import { notInitialised, type Trust } from '../signing/trust.ts'
import { listOrders, putOrder, type OrderRow } from '../store/queries/orders.ts'
import type { VersionRow } from '../store/queries/runs-and-versions.ts'
import type { Db } from '../store/store.ts'
import type { HubPorts } from './hub-ports.ts'

export type RolloutPorts = HubPorts & { readonly trust: Trust }

export type OrderInput = {
  readonly db: Db
  readonly orders: readonly DesiredOrder[]
  readonly now: EpochMs
  readonly publish: PublishWant
}

/** Signed and stored with the plan they come from; the hints go out when that has happened. */
export async function storeOrders(
  { store, trust, log }: RolloutPorts,
  { db, orders, now, publish }: OrderInput,
): Promise<() => void> {
  const director = trust.director()
  const publication = trust.publication()
  assert(director.ok && publication !== null, 'no rollout starts before trust is set up')
  const inside = { ...store, db }
  const storedByDevice = new Map((await listOrders(inside)).map((row) => [row.device, row]))
  const targets = orderable({ trust })
  const followed = orders.map((order) => orderableOnly(order, targets))
  const signed = await signOrders({ director: director.value, targets, now }, followed, storedByDevice)
  for (const row of signed.orders) await putOrder(db, store, row)
  await auditOrders(store, { db, rows: signed.orders, now })
  const short = orders.filter((order, i) => followed[i] !== order).map(({ device }) => device)
  if (short.length > 0)
    log.warn({ devices: short }, 'a model that is not released, or is revoked, was left out of an order')
  const addressByDevice = await addresses(inside)
  return () => {
    for (const row of signed.orders) {
      const address = addressByDevice.get(row.device)
      if (address !== undefined) publish(address, encodeHint(row))
    }
  }
}

type Stored = { readonly db: Db; readonly rows: readonly OrderRow[]; readonly now: EpochMs }

/** One entry for each thing that was ordered, with everybody it was ordered for; in the transaction of the orders. */
async function auditOrders(store: HubPorts['store'], { db, rows, now }: Stored): Promise<void> {
  const devicesByOrder = new Map<string, string[]>()
  for (const { device, order } of rows) {
    const { champion, candidate, prefetch } = order
    const ordered = JSON.stringify({ champion, candidate, prefetch })
    const devices = devicesByOrder.get(ordered) ?? []
    devices.push(device)
    devicesByOrder.set(ordered, devices)
  }
  for (const [ordered, devices] of devicesByOrder)
    await appendAudit(db, store, {
      at: now,
      actor: 'hub',
      action: 'orderDevices',
      subject: `${devices.length} devices`,
      details: { ...(JSON.parse(ordered) as Record<string, unknown>), devices },
    })
}

/** What may be named in an order now, by bundle. */
export function orderable({ trust }: Pick<RolloutPorts, 'trust'>): Signing['targets'] {
  const publication = trust.publication()
  return publication === null ? new Map() : orderableTargets(targetsOf(publication).signed)
}

/** Whatever the hub thinks of a version: without the release key no device runs it. */
export function isReleased(
  { trust }: RolloutPorts,
  { recipe, version, digest }: VersionRow,
): Result<void, Refusal<'trust/notInitialised' | 'version/notReleased'>> {
  const publication = trust.publication()
  if (publication === null) return notInitialised()
  if (orderableTargets(targetsOf(publication).signed).has(BundleDigest.parse(digest))) return ok(undefined)
  return refuse(
    'version/notReleased',
    `${recipe}/${version} is not released, or is revoked; "fleetcast release list" shows it, "fleetcast release publish ${recipe}@${version} --key ..." releases it`,
  )
}
