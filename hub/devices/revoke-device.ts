/** A device is shut out for good: no session, no renewal, no enrolment under its id. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Clock } from '../ports/clock.ts'
import { appendEvents } from '../store/queries/events.ts'
import { findDevice, setRevoked } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'

export type RevokePorts = {
  readonly store: Store
  readonly clock: Pick<Clock, 'now'>
  /** Ends the device's live session. */
  readonly disconnect: (device: DeviceId) => void
}

/** The record comes first: from then on nothing new is let in, and what is in is closed. Revoking twice is no error. */
export async function revokeDevice(
  { store, clock, disconnect }: RevokePorts,
  device: DeviceId,
  reason: string,
): Promise<Result<void, Refusal<'device/notFound'>>> {
  if ((await findDevice(store, device)) === undefined)
    return refuse('device/notFound', `no station is named ${device}`)
  const at = clock.now()
  const isNew = await setRevoked(store, device, at)
  disconnect(device)
  if (!isNew) return ok(undefined)
  await appendEvents(store.db, store, [
    {
      at,
      eventTime: null,
      source: 'operator',
      subject: device,
      code: 'device/revoked',
      severity: 'warning',
      message: `${device} was revoked: ${reason}`,
    },
  ])
  return ok(undefined)
}
