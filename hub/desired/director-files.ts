/** The director repository of one device: its roots are everybody's, its order is stored, its timestamp is signed per request. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { MetadataRequest } from '@fleetcast/shared/protocol/metadata.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import { targetsOf } from '../signing/publication.ts'
import { listedTargets } from '../signing/release-list.ts'
import { ORDER_LIFE, signOrderTimestamp } from '../signing/sign-order.ts'
import type { Signer } from '../signing/signer.ts'
import type { Trust } from '../signing/trust.ts'
import { onlineVersion } from '../signing/write-roles.ts'
import {
  findOrder,
  insertFirstOrder,
  listOrders,
  replaceOrder,
  type OrderRow,
} from '../store/queries/orders.ts'
import type { Store } from '../store/store.ts'
import { signRow } from './order-devices.ts'

export type DirectorPorts = {
  readonly store: Store
  readonly trust: Trust
  readonly clock: Pick<Clock, 'now'>
}

/** A file of the director or of the image repository, as this device may see it; null for what there is not. */
export type MetadataFiles = (
  device: DeviceId,
  asked: Pick<MetadataRequest, 'repository' | 'file' | 'nonce'>,
) => Promise<Uint8Array | null>

export function createMetadataFiles(ports: DirectorPorts): MetadataFiles {
  const { trust, clock } = ports
  const timestamp = async (
    director: Signer,
    row: OrderRow,
    asked: { device: DeviceId; nonce?: string | undefined },
  ) => {
    const now = clock.now()
    const { generation, snapshot } = row
    // Nothing to remember over a restart, and nothing that many requests could push forward.
    const version = onlineVersion(generation, now)
    return signOrderTimestamp(director, {
      ...{ device: asked.device, nonce: asked.nonce ?? null },
      ...{ generation, snapshot, version, now },
    })
  }
  return async (device, { repository, file, nonce }) => {
    if (repository === 'image' || file.endsWith('.root.json')) return trust.file(repository, file)
    const director = trust.director()
    if (!director.ok) return null
    const row = await orderOf(ports, director.value, device)
    if (file === 'timestamp.json') return timestamp(director.value, row, { device, nonce })
    if (file === `${row.generation}.snapshot.json`) return new TextEncoder().encode(row.snapshot)
    return file === `${row.generation}.targets.json` ? new TextEncoder().encode(row.targets) : null
  }
}

/** The stored order; a device that nobody has ordered anything yet gets one that says so. */
async function orderOf(
  { store, clock }: DirectorPorts,
  director: Signer,
  device: DeviceId,
): Promise<OrderRow> {
  const known = await findOrder(store, device)
  if (known !== undefined) return known
  const nothing = { device, champion: null, candidate: null, prefetch: [] }
  const first = await signRow({ director, targets: new Map(), now: clock.now() }, nothing, 0)
  await insertFirstOrder(store, first!)
  return (await findOrder(store, device))!
}

/** Less than half of its life left, or signed by a key that is not the director's any more. */
const isDue = ({ expiresAt, snapshot }: OrderRow, director: Signer, now: EpochMs): boolean =>
  expiresAt - now < ORDER_LIFE / 2 || !snapshot.includes(director.key.keyID)

/** Signs what is due anew, with a new generation and the same content; answers with the orders that changed. */
export async function renewOrders({ store, trust, clock }: DirectorPorts): Promise<readonly OrderRow[]> {
  const director = trust.director()
  const publication = trust.publication()
  if (!director.ok || publication === null) return []
  const now = clock.now()
  const signing = { director: director.value, targets: listedTargets(targetsOf(publication).signed), now }
  const renewed: OrderRow[] = []
  for (const row of await listOrders(store)) {
    if (!isDue(row, director.value, now)) continue
    // A model that the release key has taken off the list cannot be ordered again; its order runs out.
    const next = await signRow(signing, row.order, row.generation)
    if (next !== null && (await replaceOrder(store, row.generation, next))) renewed.push(next)
  }
  return renewed
}
