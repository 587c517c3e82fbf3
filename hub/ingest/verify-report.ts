/**
 * Who made a report that came through a broker which is not the hub's own: whoever runs that broker may publish whatever they
 * like under any topic, so only the device's signature counts (Uptane 2.1, version reports). What is refused here changes
 * nothing of the device in whose name it came: no counter, no number, no sign of life.
 */
import { TELEMETRY_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { isSignedBy, splitSignedLine } from '@fleetcast/shared/protocol/signed-line.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DeviceKeys, KnownDevice } from '../devices/device-keys.ts'

export type SenderCode = 'telemetry/unknownDevice' | 'telemetry/wrongSite' | 'telemetry/revokedDevice'
export type ReportCode = SenderCode | 'telemetry/tooLarge' | 'telemetry/unsigned' | 'telemetry/badSignature'

/** Whether the hub listens to the device of this topic at all. */
export async function findSender(
  keys: DeviceKeys,
  { device, site }: DeviceAddress,
): Promise<Result<KnownDevice, Refusal<SenderCode>>> {
  const known = await keys.find(device)
  if (known === null) return refuse('telemetry/unknownDevice', `this hub knows no device ${device}`)
  if (known.site !== site)
    return refuse('telemetry/wrongSite', `${device} stands at ${known.site}, not at ${site}`)
  if (known.isRevoked)
    return refuse('telemetry/revokedDevice', `${device} is revoked; nothing is taken from it any more`)
  return ok(known)
}

/** Lets through what the device of the topic has signed with its key on record; its line is still to be parsed. */
export async function verifyReport(
  keys: DeviceKeys,
  from: DeviceAddress,
  payload: Uint8Array,
): Promise<Result<void, Refusal<ReportCode>>> {
  if (payload.length > TELEMETRY_BYTES_MAX)
    return refuse('telemetry/tooLarge', `a message is at most ${TELEMETRY_BYTES_MAX} bytes`)
  const split = splitSignedLine(payload)
  if (!split.ok) return split
  const sender = await findSender(keys, from)
  if (!sender.ok) return sender
  if (split.value.signature === null)
    return refuse('telemetry/unsigned', 'through this broker only signed reports are taken')
  if (sender.value.key === null)
    return refuse('telemetry/unknownDevice', `${from.device} has not enrolled a key yet`)
  if (!isSignedBy(sender.value.key, split.value))
    return refuse(
      'telemetry/badSignature',
      `the key of ${from.device} did not sign this: another key did, or it was changed on its way`,
    )
  return ok(undefined)
}
