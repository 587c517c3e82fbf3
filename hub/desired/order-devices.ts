/**
 * What each device shall run becomes the director's signed metadata of that device. Level-triggered: an order that says
 * nothing new is not signed again, and after a restart every hint is published once more (the broker keeps them in memory).
 */
import { TargetFile } from '@tufjs/models'
import { DeviceId, SiteId, type BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Desired, WantHint } from '@fleetcast/shared/protocol/desired.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { OrderRole } from '@fleetcast/shared/trust/model-target.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { DesiredOrder } from '../rollouts/plan.ts'
import { signOrder } from '../signing/sign-order.ts'
import type { Signer } from '../signing/signer.ts'
import { onlineVersion } from '../signing/write-roles.ts'
import { listOrders, type OrderRow } from '../store/queries/orders.ts'
import { listDevices } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'

export type Signing = {
  readonly director: Signer
  /** The image repository's targets that may be named, by bundle. */
  readonly targets: ReadonlyMap<BundleDigest, TargetFile>
  readonly now: EpochMs
}

export type SignedOrders = {
  readonly orders: readonly OrderRow[]
  /** Devices whose order names a model that is not released, or is revoked: they keep the order they have. */
  readonly refused: readonly DeviceId[]
}

/**
 * The order without what may not be named any more: a device refuses the whole of an order that names a revoked model, and
 * would then be out of reach. Without a champion the baseline serves. The same object when nothing is left out.
 */
export function orderableOnly<T extends Pick<DesiredOrder, 'champion' | 'candidate' | 'prefetch'>>(
  order: T,
  targets: Signing['targets'],
): T {
  const may = (digest: BundleDigest | null): boolean => digest === null || targets.has(digest)
  if (may(order.champion) && may(order.candidate) && order.prefetch.every(may)) return order
  return {
    ...order,
    champion: may(order.champion) ? order.champion : null,
    candidate: may(order.candidate) ? order.candidate : null,
    prefetch: order.prefetch.filter(may),
  }
}

/** Orders that differ from the stored ones, signed. */
export async function signOrders(
  signing: Signing,
  orders: readonly DesiredOrder[],
  storedByDevice: ReadonlyMap<string, OrderRow>,
): Promise<SignedOrders> {
  const signed: OrderRow[] = []
  const refused: DeviceId[] = []
  for (const order of orders) {
    const before = storedByDevice.get(order.device)
    if (before !== undefined && isSame(before.order, order)) continue
    const row = await signRow(signing, order, before?.generation ?? 0)
    if (row === null) refused.push(order.device)
    else signed.push(row)
  }
  return { orders: signed, refused }
}

/** The order as it is stored, with the next generation; null when it names a model that is not among the targets. */
export async function signRow(
  { director, targets, now }: Signing,
  order: DesiredOrder,
  previousGeneration: number,
): Promise<OrderRow | null> {
  const named = directorTargets(order, targets)
  if (named === null) return null
  const { device } = order
  const generation = onlineVersion(previousGeneration, now)
  const signed = await signOrder(director, { device, targets: named, version: generation, now })
  return { device, generation, order: desiredOf(order, generation), ...signed, updatedAt: now }
}

const isSame = (before: Desired, order: DesiredOrder): boolean =>
  before.champion === order.champion &&
  before.candidate === order.candidate &&
  before.prefetch.length === order.prefetch.length &&
  before.prefetch.every((digest, i) => digest === order.prefetch[i])

function desiredOf(order: DesiredOrder, generation: number): Desired {
  const { device, champion, candidate, prefetch } = order
  return { schema: 'fleetcast/desired/1', device, generation, champion, candidate, prefetch: [...prefetch] }
}

/** Length and digest are copied from the image repository, which has to agree; the director adds only the role. */
function directorTargets(
  { champion, candidate, prefetch }: DesiredOrder,
  targets: ReadonlyMap<BundleDigest, TargetFile>,
): readonly TargetFile[] | null {
  const byPath = new Map<string, TargetFile>()
  const add = (role: OrderRole, digest: BundleDigest | null): boolean => {
    if (digest === null) return true
    const target = targets.get(digest)
    if (target === undefined) return false
    const { path, length, hashes } = target
    if (!byPath.has(path))
      byPath.set(path, new TargetFile({ path, length, hashes, unrecognizedFields: { custom: { role } } }))
    return true
  }
  const isComplete =
    add('champion', champion) &&
    add('candidate', candidate) &&
    prefetch.every((digest) => add('prefetch', digest))
  return isComplete ? [...byPath.values()] : null
}

export type PublishWant = (address: DeviceAddress, payload: Uint8Array) => void

/** Publishes the hint of every stored order as the retained message of its device. */
export async function publishAllOrders(store: Store, publish: PublishWant): Promise<void> {
  const addressByDevice = await addresses(store)
  for (const row of await listOrders(store)) {
    const address = addressByDevice.get(row.device)
    if (address !== undefined) publish(address, encodeHint(row))
  }
}

export async function addresses(store: Store): Promise<ReadonlyMap<string, DeviceAddress>> {
  const devices = await listDevices(store)
  return new Map(
    devices.map(({ id, site }) => [id, { device: DeviceId.parse(id), site: SiteId.parse(site) }]),
  )
}

export const encodeHint = ({ generation }: WantHint): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ generation } satisfies WantHint))
