/**
 * aedes' own in-memory persistence with our store of retained messages: its lookup walks all of them at every
 * SUBSCRIBE, which costs 5.8 ms for a fleet of 5,000. Only the hub retains (one order a device) and only exact topics are
 * asked for, so a bounded map does. Sessions are never kept, so the rest of it stays empty.
 */
import { Readable } from 'node:stream'
import memory from 'aedes-persistence'

type RetainedPacket = { readonly topic: string; readonly payload: Uint8Array }

/** What we replace of aedes' persistence; its other methods stay as they are. */
type Persistence = {
  storeRetained: (packet: RetainedPacket) => Promise<void>
  createRetainedStreamCombi: (patterns: readonly string[]) => Readable
}

/** One order for every device there can be. */
export const RETAINED_MAX = 20_000

/** `unknown` because aedes does not type its persistence. */
export function createRetainedOrders(): unknown {
  const persistence = (memory as unknown as () => Persistence)()
  const byTopic = new Map<string, RetainedPacket>()
  persistence.storeRetained = async (packet) => {
    if (packet.payload.length === 0) byTopic.delete(packet.topic)
    else if (byTopic.size < RETAINED_MAX || byTopic.has(packet.topic))
      byTopic.set(packet.topic, { ...packet })
    else throw new Error(`mqtt/retainedFull: ${RETAINED_MAX} orders are retained already`)
  }
  persistence.createRetainedStreamCombi = (topics) =>
    Readable.from(topics.flatMap((topic) => byTopic.get(topic) ?? []))
  return persistence
}
