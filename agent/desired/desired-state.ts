/** The order in force: persisted before anything acts on it. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Order } from '@fleetcast/shared/trust/device-trust.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { forgetRejections } from '../update/bundles-table.ts'
import { NO_WISH, wantedBundles, type Wish } from '../update/plan-roles.ts'
import { releasedOf, rememberReleased } from '../update/released-models.ts'
import { desiredFromOrder, type DesiredCode } from './desired-from-order.ts'

const DOCUMENT = 'desired'

export class DesiredState {
  private readonly ports: Pick<AgentPorts, 'store' | 'log'>
  private readonly device: DeviceId
  private current: Desired | null

  constructor(ports: Pick<AgentPorts, 'store' | 'log'>, device: DeviceId) {
    this.ports = ports
    this.device = device
    this.current = ports.store.readDocument<Desired>(DOCUMENT)
  }

  wish(): Wish {
    return this.current ?? NO_WISH
  }

  generation(): number {
    return this.current?.generation ?? 0
  }

  /**
   * The director has other keys: what the old ones counted counts no more (TUF 5.3.11), or a stolen key could have put the
   * counter out of everybody's reach. The order itself stays in force. On the medium when it returns.
   */
  restartCounting(): void {
    if (this.current === null) return
    const restarted = { ...this.current, generation: 0 }
    this.ports.store.transaction('power', () => this.ports.store.writeDocument(DOCUMENT, restarted))
    this.current = restarted
  }

  /** Takes a verified order; `true` when it, or what was released, is new: on the medium and in force from now on. */
  receive(order: Order): Result<boolean, Refusal<DesiredCode>> {
    const { store, log } = this.ports
    const desired = desiredFromOrder(order, { device: this.device, stored: this.current })
    if (!desired.ok) return desired
    const isNewer = desired.value.generation !== this.current?.generation
    if (!isNewer && !this.isNews(order)) return ok(false)
    store.transaction('power', () => {
      rememberReleased(store, order.models)
      if (!isNewer) return
      store.writeDocument(DOCUMENT, desired.value)
      forgetRejections(store, wantedBundles(desired.value))
    })
    this.current = desired.value
    if (isNewer) log.info({ generation: desired.value.generation }, 'a new order is in force')
    return ok(true)
  }

  /** The release key may say something else of a model than when the order came. */
  private isNews({ models }: Order): boolean {
    return models.some(({ digest, path, model }) => {
      const known = releasedOf(this.ports.store, digest)
      return known === null || known.path !== path || known.epoch !== model.epoch || known.revoked !== null
    })
  }
}
