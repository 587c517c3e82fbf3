/** What the connection's callback does: put it down and return. Every compartment is bounded by its meaning. */
import { decodeBlock, type Block } from '@fleetcast/shared/protocol/blocks.ts'
import { BLOCK_WINDOW_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { decodeMetadataAnswer, type MetadataAnswer } from '@fleetcast/shared/protocol/metadata.ts'
import type { DownKind } from '@fleetcast/shared/protocol/topics.ts'
import { createWake } from '../ports/wake.ts'
import { Inbox } from './inbox.ts'

/** One answered request and one that came twice. */
const BLOCKS_MAX = 2 * BLOCK_WINDOW_MAX
/** The answer to the one request under way, and what is late or came twice. */
const ANSWERS_MAX = 4
/** An acknowledgement is `{"watermark":n}`, a hint `{"generation":n}`. */
const SMALL_BYTES_MAX = 256

export class Mailbox {
  /** Level-triggered: only the newest hint counts. */
  private want: Uint8Array | null = null
  private ack: Uint8Array | null = null
  readonly blocks = new Inbox<Block>(BLOCKS_MAX)
  readonly answers = new Inbox<MetadataAnswer>(ANSWERS_MAX)
  readonly control = createWake()
  /** Messages that were not taken in, by kind. */
  readonly dropped: Record<DownKind, number> = { want: 0, cmd: 0, block: 0, ack: 0, metadata: 0 }

  put(kind: DownKind, payload: Uint8Array): void {
    if (!this.isTaken(kind, payload)) this.dropped[kind]++
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

  private isTaken(kind: DownKind, payload: Uint8Array): boolean {
    switch (kind) {
      case 'block': {
        const block = decodeBlock(payload)
        return block !== null && this.blocks.put(block)
      }
      case 'metadata': {
        const answer = decodeMetadataAnswer(payload)
        return answer !== null && this.answers.put(answer)
      }
      case 'want':
      case 'ack':
        if (payload.length > SMALL_BYTES_MAX) return false
        this[kind] = payload
        this.control.wake()
        return true
      case 'cmd':
        // No command is defined yet.
        return false
    }
  }
}
