/**
 * One look at both repositories, with a client made anew: what it trusts lies on the disk, so that between two checks
 * nothing is held in memory and a damaged file is found at the next one.
 */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import type { Refusal } from '@fleetcast/shared/result.ts'
import { DeviceTrust, type Order } from '@fleetcast/shared/trust/device-trust.ts'
import { TrustError, type OrderCode, type TrustCode } from '@fleetcast/shared/trust/trust-error.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import { AGENT_BUILT_AT } from '../config/agent-version.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { loadReleased } from '../update/released-models.ts'
import { metadataSource, type MetadataPorts } from './metadata-source.ts'
import { createTrustMemory } from './trust-memory.ts'

export type TrustPorts = Pick<AgentPorts, 'store' | 'metadata' | 'clock'> &
  Pick<MetadataPorts, 'channel' | 'nextNumber'>

export type TrustConfig = {
  readonly enrolment: Pick<Enrolment, 'device' | 'directorRoot' | 'imageRoot'>
  readonly settings: Pick<AgentSettings, 'hardware' | 'clock'> & MetadataPorts['settings']
  /** The number of the order in force counts no more. */
  readonly restartCounting: () => void
}

export type TrustCheck = {
  readonly order:
    | { readonly ok: true; readonly value: Order }
    | { readonly ok: false; readonly error: Refusal<TrustCode> }
  /** Why each bundle of this station must not be installed any more; null when nothing is said. */
  readonly revocations: ReadonlyMap<BundleDigest, string | null>
}

/** Refusals that concern a model: both repositories themselves were verified and are fresh. */
const ORDER_CODES: Record<OrderCode, true> = {
  'trust/notReleased': true,
  'trust/differs': true,
  'trust/wrongHardware': true,
  'trust/belowFloor': true,
  'trust/revoked': true,
  'trust/badTarget': true,
}

/** Throws MetadataUnavailable and what the disk throws; whatever must not be followed is a refusal. */
export async function checkTrust(
  ports: TrustPorts,
  config: TrustConfig,
  signal: AbortSignal,
): Promise<TrustCheck> {
  const trust = openTrust(ports, config, signal)
  try {
    const order = await trust.order()
    return { order: { ok: true, value: order }, revocations: await findRevocations(ports, trust) }
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause
    const { code, role: at, message } = cause
    // A revoked champion is refused at every check: that it is revoked must reach the model that serves.
    const revocations =
      code in ORDER_CODES ? await findRevocations(ports, trust) : new Map<BundleDigest, null>()
    return { order: { ok: false, error: { code, message, at } }, revocations }
  }
}

function openTrust(
  ports: TrustPorts,
  { enrolment, settings, restartCounting }: TrustConfig,
  signal: AbortSignal,
): DeviceTrust {
  const { store, metadata, clock } = ports
  const sourcePorts = { ...ports, settings }
  const { device, directorRoot, imageRoot } = enrolment
  return new DeviceTrust({
    device,
    hardware: settings.hardware,
    director: {
      store: metadata.director,
      bootstrapRoot: Buffer.from(directorRoot),
      source: (nonce) => metadataSource(sourcePorts, { repository: 'director', nonce }, signal),
    },
    image: {
      store: metadata.image,
      bootstrapRoot: Buffer.from(imageRoot),
      source: metadataSource(sourcePorts, { repository: 'image' }, signal),
    },
    memory: createTrustMemory(store, { builtAt: AGENT_BUILT_AT, restartCounting }),
    clock: settings.clock === 'none' ? null : clock.now,
  })
}

async function findRevocations(
  { store }: Pick<TrustPorts, 'store'>,
  trust: DeviceTrust,
): Promise<TrustCheck['revocations']> {
  const found = new Map<BundleDigest, string | null>()
  for (const { digest, path } of loadReleased(store)) found.set(digest, await revocationOf(trust, path))
  return found
}

/** A target that cannot be read says nothing: absent is not revoked. */
async function revocationOf(trust: DeviceTrust, path: string): Promise<string | null> {
  try {
    return await trust.revocation(path)
  } catch (cause) {
    if (cause instanceof TrustError) return null
    throw cause
  }
}
