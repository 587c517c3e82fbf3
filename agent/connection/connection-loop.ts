/** Holds one connection to the broker and makes a new one, after a pause with jitter, whenever it ends. */
import { ms } from '@fleetcast/shared/units.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import type { Connection, OnDown } from '../ports/transport.ts'
import { createWake } from '../ports/wake.ts'
import { nextDelay } from '../update/retry-delay.ts'

type Ports = Pick<AgentPorts, 'transport' | 'clock' | 'random' | 'log'>
type Settings = Pick<AgentSettings, 'reconnectMinMs' | 'reconnectMaxMs'>
/** A connection that lasted this long resets the pause. */
const STABLE_MS = 30_000

export class ConnectionLoop {
  private readonly ports: Ports
  private readonly stages: { settings: Settings; onDown: OnDown; onConnected: () => void }
  private readonly cameUp = createWake()
  current: Connection | null = null

  constructor(ports: Ports, stages: { settings: Settings; onDown: OnDown; onConnected: () => void }) {
    this.ports = ports
    this.stages = stages
  }

  async run(signal: AbortSignal): Promise<void> {
    const { reconnectMinMs: least, reconnectMaxMs: most } = this.stages.settings
    let delay = 0
    while (!signal.aborted) {
      const startedAt = this.ports.clock.monotonic()
      const reason = await this.session(signal)
      if (signal.aborted) return
      if (this.ports.clock.monotonic() - startedAt > STABLE_MS) delay = 0
      delay = nextDelay(this.ports.random, delay, { least, most })
      this.ports.log.warn({ reason, retryInMs: Math.round(delay) }, 'not connected')
      await this.ports.clock.sleep(ms(delay), signal)
    }
  }

  /** For the loops that must not ask without a connection: downloads and metadata. */
  async whenConnected(signal: AbortSignal): Promise<Connection | null> {
    while (this.current === null && !signal.aborted) await this.cameUp.wait(signal)
    return this.current
  }

  /** One connection from its beginning to its end; returns why it ended. */
  private async session(signal: AbortSignal): Promise<string> {
    let connection: Connection | null = null
    const close = (): void => void connection?.close()
    try {
      connection = await this.ports.transport.connect(this.stages.onDown)
      signal.addEventListener('abort', close)
      if (signal.aborted) close()
      this.current = connection
      this.ports.log.info({}, 'connected')
      this.cameUp.wake()
      this.stages.onConnected()
      return await connection.closed
    } catch (cause) {
      close()
      return String(cause)
    } finally {
      signal.removeEventListener('abort', close)
      this.current = null
    }
  }
}
