/**
 * The keys on record, for whoever has to check many reports: looked up once for a few seconds, so that a report costs no query,
 * and a revocation that another process made is seen soon. Bounded by the devices there are.
 */
import type { KeyObject } from 'node:crypto'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { lineKey } from '@fleetcast/shared/protocol/signed-line.ts'
import { seconds, type DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import { findDevice } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'

export type KnownDevice = {
  readonly site: SiteId
  /** Null before enrolment. */
  readonly key: KeyObject | null
  readonly isRevoked: boolean
}

export type DeviceKeys = {
  /** Null when the hub has no such device. */
  readonly find: (device: DeviceId) => Promise<KnownDevice | null>
  /** The next look goes to the store; call it when a device is revoked or gets another key. */
  readonly forget: (device: DeviceId) => void
}

const FRESH = seconds(5)
/** Names that nobody enrolled may be asked for without end; then all are forgotten. */
const REMEMBERED_MAX = 20_000

type Remembered = { readonly at: DurationMs; readonly known: Promise<KnownDevice | null> }

export function createDeviceKeys(ports: {
  readonly store: Store
  readonly clock: Pick<Clock, 'monotonic'>
}): DeviceKeys {
  const remembered = new Map<DeviceId, Remembered>()
  return {
    find: (device) => {
      const now = ports.clock.monotonic()
      const before = remembered.get(device)
      if (before !== undefined && now - before.at < FRESH) return before.known
      if (remembered.size >= REMEMBERED_MAX) remembered.clear()
      const known = lookUp(ports.store, device)
      remembered.set(device, { at: now, known })
      known.catch(() => remembered.delete(device)) // whoever asked is told; the next one asks the store again
      return known
    },
    forget: (device) => void remembered.delete(device),
  }
}

async function lookUp(store: Store, device: DeviceId): Promise<KnownDevice | null> {
  const row = await findDevice(store, device)
  if (row === undefined) return null
  return {
    site: SiteId.parse(row.site),
    key: row.publicKey === null ? null : lineKey(row.publicKey),
    isRevoked: row.revokedAt !== null,
  }
}
