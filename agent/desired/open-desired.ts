/** Desired state at the border: authority comes from the signature alone, never from the topic it came on. */
import { DesiredEnvelope, type Desired } from '@fleetcast/shared/protocol/desired.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { openEnvelope, type SignatureCode, type TrustedKeys } from '@fleetcast/shared/crypto/envelope.ts'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { WANT_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { parseJson } from '../update/read-bundle.ts'

export type DesiredCode =
  | SignatureCode
  | 'desired/tooLarge'
  | 'desired/malformed'
  | 'desired/wrongDevice'
  | 'desired/stale'
  | 'desired/conflict'

/** Accepts an order that is signed, for this device and not older than the one in force (`stored`). */
export function openDesired(
  bytes: Uint8Array,
  { device, keys, stored }: { device: DeviceId; keys: TrustedKeys; stored: Desired | null },
): Result<Desired, Refusal<DesiredCode>> {
  if (bytes.length > WANT_BYTES_MAX)
    return refuse('desired/tooLarge', `an order of ${bytes.length} bytes; at most ${WANT_BYTES_MAX} are read`)
  const parsed = parseJson(bytes, DesiredEnvelope)
  if (!parsed.ok) return refuse('desired/malformed', `the order is malformed: ${parsed.error}`)
  const desired = openEnvelope(parsed.value, keys)
  if (!desired.ok) return desired
  if (desired.value.device !== device)
    return refuse('desired/wrongDevice', `the order is for ${desired.value.device}, this is ${device}`)
  return stored === null ? desired : compare(desired.value, stored)
}

function compare(desired: Desired, stored: Desired): Result<Desired, Refusal<DesiredCode>> {
  if (desired.generation > stored.generation) return { ok: true, value: desired }
  if (desired.generation < stored.generation)
    return refuse(
      'desired/stale',
      `generation ${desired.generation} is older than ${stored.generation}; an old order was replayed`,
    )
  if (Buffer.compare(canonicalJson(desired), canonicalJson(stored)) === 0) return { ok: true, value: desired }
  return refuse(
    'desired/conflict',
    `two different orders have generation ${desired.generation}; a change needs the next generation`,
  )
}
