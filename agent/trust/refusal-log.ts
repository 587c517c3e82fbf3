/** Refusals are counted each time, told to the hub and logged once as long as the reason stays the same. */
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { recordEvent } from '../telemetry/station-events.ts'

/** Survives a restart, so that a station that restarts often does not repeat itself. */
const DOCUMENT = 'trust/refusal'

export class RefusalLog {
  private readonly ports: Pick<AgentPorts, 'store' | 'log'>
  private readonly countByCode = new Map<string, number>()

  constructor(ports: Pick<AgentPorts, 'store' | 'log'>) {
    this.ports = ports
  }

  total(): number {
    return [...this.countByCode.values()].reduce((sum, count) => sum + count, 0)
  }

  count(code: string): void {
    this.countByCode.set(code, (this.countByCode.get(code) ?? 0) + 1)
  }

  add({ code, message, at: place }: Refusal, at: EpochMs | null): void {
    const { store, log } = this.ports
    this.count(code)
    // The sentence may hold a time or a version that changes; code and place are the reason.
    const reason = `${code} ${place ?? ''}`
    if (store.readDocument<string>(DOCUMENT) === reason) return
    log.warn({ code, message }, 'an order was refused')
    store.transaction('process', () => {
      store.writeDocument(DOCUMENT, reason)
      recordEvent(store, { at, code, severity: 'warning', message })
    })
  }

  /** The next refusal is told again, also for the same reason. */
  clear(): void {
    const { store } = this.ports
    if (store.readDocument<string>(DOCUMENT) !== null)
      store.transaction('process', () => store.writeDocument(DOCUMENT, null))
  }
}
