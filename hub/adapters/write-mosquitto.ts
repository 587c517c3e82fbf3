/** `fleetcast hub broker-config mosquitto`: reads the state folder, with or without a hub running on it, and writes the broker's. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { addMs, days, epochMs } from '@fleetcast/shared/units.ts'
import type { BrokerConfigOptions, BrokerConfigWritten } from '../cli/broker-commands.ts'
import { LIST_DAYS, type RevokedDevice } from '../devices/revocation-list.ts'
import { listRevoked, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import { openIssuer } from './authority-files.ts'
import { openHubStore } from './hub-store.ts'
import { writeMosquittoFolder } from './mosquitto-folder.ts'
import { systemClock } from './system-clock.ts'

/** `program`: the folder beside which the migrations lie. */
export async function writeMosquitto(
  { state, database, out, port, hostNames }: BrokerConfigOptions,
  program: string,
): Promise<Result<BrokerConfigWritten, Refusal>> {
  await mkdir(state, { recursive: true, mode: 0o700 })
  const store = await openHubStore({ database, stateDir: state, migrations: join(program, 'migrations') })
  if (!store.ok) return store
  try {
    const rows = await listRevoked(store.value)
    const { authority, isNew: isNewAuthority } = await openIssuer(join(state, 'trust'))
    const now = systemClock.now()
    const revoked = rows.flatMap(toRevoked)
    const { isNew } = await writeMosquittoFolder({ out, port, hostNames, authority, revoked, now })
    const until = new Date(addMs(now, days(LIST_DAYS))).toISOString().slice(0, 10)
    return ok({ isNew, isNewAuthority, revoked: revoked.length, crlUntil: until })
  } finally {
    await store.value.close()
  }
}

/** A device that never got a certificate needs no entry. */
function toRevoked({
  id,
  publicKey,
  enrolledAt,
  certificateUntil,
  revokedAt,
}: DeviceRow): readonly RevokedDevice[] {
  if (publicKey === null || enrolledAt === null || certificateUntil === null || revokedAt === null) return []
  return [
    {
      device: DeviceId.parse(id),
      publicKey,
      enrolledAt: epochMs(enrolledAt),
      certificateUntil: epochMs(certificateUntil),
      revokedAt: epochMs(revokedAt),
    },
  ]
}
