/** What the broker asks at every connect: whose certificate is this? */
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import { findDevice } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'

/** Read from a certificate that TLS has verified up to the fleet authority. */
export type PeerIdentity = {
  /** The certificate's common name. */
  readonly name: string
  /** Base64 SPKI. */
  readonly publicKey: string
  readonly until: EpochMs
}

export type PeerCode = 'mqtt/notADevice' | 'mqtt/otherKey' | 'mqtt/revoked' | 'mqtt/expired'

/** A resumed TLS session is not verified again, so expiry is looked at here too. */
export async function authenticateDevice(
  { store, clock }: { readonly store: Store; readonly clock: Pick<Clock, 'now'> },
  { name, publicKey, until }: PeerIdentity,
): Promise<Result<DeviceAddress, Refusal<PeerCode>>> {
  const id = DeviceId.safeParse(name)
  const row = id.success ? await findDevice(store, id.data) : undefined
  if (!id.success || row === undefined)
    return refuse('mqtt/notADevice', `the certificate names no device of this hub (${name.slice(0, 64)})`)
  if (row.publicKey !== publicKey)
    return refuse('mqtt/otherKey', 'the certificate is not of the key on record; enrol the station again')
  if (row.revokedAt !== null) return refuse('mqtt/revoked', 'the device was revoked')
  if (clock.now() >= until)
    return refuse('mqtt/expired', 'the certificate has expired; the device renews it by itself')
  return ok({ device: id.data, site: SiteId.parse(row.site) })
}
