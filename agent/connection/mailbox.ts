/** What the connection's callback does: put it down and return. Every compartment is bounded by its meaning. */
import { decodeBlock, type Block } from '@fleetcast/shared/protocol/blocks.ts'
import { BLOCK_WINDOW_MAX } from '@fleetcast/shared/protocol/limits.ts'
import type { DownKind } from '@fleetcast/shared/protocol/topics.ts'
import { createWake } from '../ports/wake.ts'

/** One answered request and one that came twice. */
const BLOCKS_MAX = 2 * BLOCK_WINDOW_MAX
/** An acknowledgement is `{"watermark":n}`. */
const ACK_BYTES_MAX = 256

export class Mailbox {
  /** Level-triggered: only the newest order counts. */
  private want: Uint8Array | null = null
  private ack: Uint8Array | null = null
  private blocks: Block[] = []
  private readonly blockCame = createWake()
  readonly control = createWake()
  /** Messages that were not taken in, by kind. */
  readonly dropped: Record<DownKind, number> = { want: 0, cmd: 0, block: 0, ack: 0, metadata: 0 }

  put(kind: DownKind, payload: Uint8Array): void {
    if (kind === 'block') return this.putBlock(payload)
    if (kind === 'want') this.want = payload
    else if (kind === 'ack' && payload.length <= ACK_BYTES_MAX) this.ack = payload
    // No command is defined yet.
    else this.dropped[kind]++
    this.control.wake()
  }

  takeWant(): Uint8Array | null {
    const { want } = this
    this.want = null
    return want
  }

  takeAck(): Uint8Array | null {
    const { ack } = this
    this.ack = null
    return ack
  }

  /** The oldest block, waiting for one until the signal is aborted. */
  async takeBlock(signal: AbortSignal): Promise<Block | null> {
    while (this.blocks.length === 0 && !signal.aborted) await this.blockCame.wait(signal)
    return this.blocks.shift() ?? null
  }

  private putBlock(payload: Uint8Array): void {
    const block = decodeBlock(payload)
    if (block === null || this.blocks.length >= BLOCKS_MAX) {
      this.dropped.block++
      return
    }
    this.blocks.push(block)
    this.blockCame.wake()
  }
}
