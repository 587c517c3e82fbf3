/** Who refers to a version, in words: as long as anybody does, it cannot be deleted. */
import { openRequestsFor } from '../store/queries/alias-requests.ts'
import { listAliases } from '../store/queries/aliases.ts'
import { listOrders } from '../store/queries/orders.ts'
import { listDevices } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import { roleOf } from './lineage.ts'

/**
 * Aliases, open requests, and stations by what they are ordered to run or say they have. A revoked station counts no
 * more: nobody will ever hear that it has let go.
 */
export async function versionUses(reading: Store, digest: string): Promise<readonly string[]> {
  const aliases = (await listAliases(reading)).filter((alias) => alias.digest === digest)
  const requests = await openRequestsFor(reading.db, reading, digest)
  const devices = (await listDevices(reading)).filter(({ revokedAt }) => revokedAt === null)
  const known = new Set(devices.map(({ id }) => id))
  const orders = (await listOrders(reading)).filter(
    ({ device, order }) =>
      known.has(device) &&
      [order.champion, order.candidate, ...order.prefetch].some((named) => named === digest),
  )
  return [
    ...aliases.map(({ recipe, name }) => `alias ${recipe}@${name}`),
    ...requests.map(({ id, recipe, name }) => `open request ${id} for ${recipe}@${name}`),
    ...orders.map(({ device }) => `the order of station ${device}`),
    ...devices.flatMap((device) => {
      const role = roleOf(device, digest)
      return role === null ? [] : [`station ${device.id} (${role})`]
    }),
  ]
}
