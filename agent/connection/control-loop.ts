/** Hands on what the hub says by itself, as it comes: acknowledgements of telemetry, and hints at a newer order. */
import type { AgentPorts } from '../ports/agent-ports.ts'
import { watermarkOf } from '../telemetry/receive-ack.ts'
import type { Mailbox } from './mailbox.ts'

export type ControlStages = {
  readonly mailbox: Mailbox
  readonly onWatermark: (watermark: number) => void
  readonly onHint: (payload: Uint8Array) => void
}

export class ControlLoop {
  private readonly ports: Pick<AgentPorts, 'log'>
  private readonly stages: ControlStages

  constructor(ports: Pick<AgentPorts, 'log'>, stages: ControlStages) {
    this.ports = ports
    this.stages = stages
  }

  async run(signal: AbortSignal): Promise<void> {
    const { mailbox, onHint } = this.stages
    while (!signal.aborted) {
      await mailbox.control.wait(signal)
      try {
        this.receiveAck()
        const hint = mailbox.takeWant()
        if (hint !== null) onHint(hint)
      } catch (cause) {
        this.ports.log.error({ cause }, 'a message of the hub could not be handled')
      }
    }
  }

  receiveAck(): void {
    const ack = this.stages.mailbox.takeAck()
    const watermark = ack === null ? null : watermarkOf(ack)
    if (watermark !== null) this.stages.onWatermark(watermark)
  }
}
