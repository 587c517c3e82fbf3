/**
 * What a batch of numbered messages does to a device's counters. The watermark is the highest number up to which everything
 * is stored, refused as unreadable, or known to be dropped by the device (`oldest`); what was dropped is counted as lost.
 * Pure. Numbers come from the device: nothing here may loop over a difference of two of them.
 */
export type Stream = {
  readonly watermark: number
  readonly accepted: number
  readonly duplicates: number
  readonly lost: number
  /** Numbers above the watermark that have arrived. */
  readonly ahead: ReadonlySet<number>
}

/** `isStored` is false for a message that could not be read: its number is spent, its content is not kept. */
export type Numbered = { readonly sequence: number; readonly oldest: number; readonly isStored: boolean }

export type Advanced<M extends Numbered> = {
  readonly stream: Stream
  /** Seen for the first time and to be stored. */
  readonly fresh: readonly M[]
  /** Too far above the watermark to be remembered; the device keeps them and sends them again. */
  readonly beyond: readonly M[]
}

/** Numbers that may have arrived above a gap: agents send in order with 8 under way, so a large gap is a broken device. */
export const AHEAD_MAX = 1_000

export function advanceStream<M extends Numbered>(before: Stream, messages: readonly M[]): Advanced<M> {
  const ahead = new Set(before.ahead)
  const fresh: M[] = []
  const beyond: M[] = []
  let { watermark, accepted, duplicates, lost } = before
  for (const message of messages) {
    const dropped = Math.min(message.oldest, message.sequence) - 1
    if (dropped > watermark) {
      lost += dropped - watermark - takeUpTo(ahead, dropped)
      watermark = dropped
    }
    if (message.sequence <= watermark || ahead.has(message.sequence)) duplicates += 1
    else if (message.sequence > watermark + AHEAD_MAX) beyond.push(message)
    else {
      ahead.add(message.sequence)
      if (message.isStored) {
        accepted += 1
        fresh.push(message)
      }
    }
    while (ahead.delete(watermark + 1)) watermark += 1
  }
  return { stream: { watermark, accepted, duplicates, lost, ahead }, fresh, beyond }
}

/** Removes the numbers up to `limit` and returns how many there were. */
function takeUpTo(ahead: Set<number>, limit: number): number {
  const taken = [...ahead].filter((sequence) => sequence <= limit)
  for (const sequence of taken) ahead.delete(sequence)
  return taken.length
}
