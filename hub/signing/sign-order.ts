/** The director's metadata of one device: every role names it, so that no other device's authentic files pass. */
import type { TargetFile } from '@tufjs/models'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { days, epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { metadataBytes, signHere } from './sign-metadata.ts'
import type { Signer } from './signer.ts'
import { metaFileOf, snapshotRole, targetsRole, timestampRole, type ExtraFields } from './write-roles.ts'

/** Orders are signed anew when less than half of this is left. */
export const ORDER_LIFE = days(30)

export type OrderToSign = {
  readonly device: DeviceId
  readonly targets: readonly TargetFile[]
  readonly version: number
  readonly now: EpochMs
}

/** The two files that are stored; the timestamp is signed at every request. */
export type SignedOrder = {
  readonly targets: string
  readonly snapshot: string
  readonly expiresAt: EpochMs
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export async function signOrder(
  director: Signer,
  { device, targets, version, now }: OrderToSign,
): Promise<SignedOrder> {
  const extra: ExtraFields = { 'x-device': device }
  const signedTargets = metadataBytes(
    await signHere(targetsRole({ version, now, targets, life: ORDER_LIFE, extra }), [director]),
  )
  const named = metaFileOf(version, signedTargets)
  const signedSnapshot = metadataBytes(
    await signHere(snapshotRole({ version, now, targets: named, extra }), [director]),
  )
  return {
    targets: text(signedTargets),
    snapshot: text(signedSnapshot),
    expiresAt: epochMs(now + ORDER_LIFE),
  }
}

export type TimestampToSign = {
  readonly device: DeviceId
  /** Version and text of the stored snapshot. */
  readonly generation: number
  readonly snapshot: string
  readonly version: number
  /** The device's question; null for one that did not ask for a fresh answer. */
  readonly nonce: string | null
  readonly now: EpochMs
}

/** The answer to one question of one device; what it says is the time there. */
export async function signOrderTimestamp(director: Signer, asked: TimestampToSign): Promise<Uint8Array> {
  const { device, generation, snapshot, version, nonce, now } = asked
  const extra: ExtraFields = {
    'x-device': device,
    'x-time': new Date(now).toISOString(),
    ...(nonce === null ? {} : { 'x-nonce': nonce }),
  }
  const named = metaFileOf(generation, new TextEncoder().encode(snapshot))
  return metadataBytes(await signHere(timestampRole({ version, now, snapshot: named, extra }), [director]))
}
