/** The order in force: persisted before anything acts on it. */
import type { TrustedKeys } from '@fleetcast/shared/crypto/envelope.ts'
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { recordEvent } from '../telemetry/station-events.ts'
import { forgetRejections } from '../update/bundles-table.ts'
import { NO_WISH, wantedBundles, type Wish } from '../update/plan-roles.ts'
import { openDesired } from './open-desired.ts'

const DOCUMENT = 'desired'

export class DesiredState {
  private readonly ports: Pick<AgentPorts, 'store' | 'log'>
  private readonly owner: { readonly device: DeviceId; readonly keys: TrustedKeys }
  private current: Desired | null
  /** Orders refused since the start, by code. */
  readonly refusals = new Map<string, number>()

  constructor(ports: Pick<AgentPorts, 'store' | 'log'>, owner: { device: DeviceId; keys: TrustedKeys }) {
    this.ports = ports
    this.owner = owner
    this.current = ports.store.readDocument<Desired>(DOCUMENT)
  }

  wish(): Wish {
    return this.current ?? NO_WISH
  }

  generation(): number {
    return this.current?.generation ?? 0
  }

  /** True when a newer order is in force from now on; a refusal is counted and told to the hub. */
  receive(bytes: Uint8Array, at: EpochMs | null): boolean {
    const { store, log } = this.ports
    const order = openDesired(bytes, { ...this.owner, stored: this.current })
    if (!order.ok) {
      const { code, message } = order.error
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
      log.warn({ code, message }, 'an order was refused')
      store.transaction('process', () => recordEvent(store, { at, code, severity: 'warning', message }))
      return false
    }
    const desired = order.value
    if (desired.generation === this.current?.generation) return false
    store.transaction('power', () => {
      store.writeDocument(DOCUMENT, desired)
      forgetRejections(store, wantedBundles(desired))
    })
    this.current = desired
    log.info({ generation: desired.generation }, 'a new order is in force')
    return true
  }
}
