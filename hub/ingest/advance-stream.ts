/**
 * What a batch of numbered messages does to a device's counters. The watermark is the highest number up to which everything
 * is either stored or known to be dropped by the device (`oldest`); what was dropped is counted as lost. Pure.
 */
export type Stream = {
  readonly watermark: number
  readonly accepted: number
  readonly duplicates: number
  readonly lost: number
  /** Stored numbers above the watermark. */
  readonly ahead: ReadonlySet<number>
}

export type Numbered = { readonly sequence: number; readonly oldest: number }

export type Advanced<M extends Numbered> = { readonly stream: Stream; readonly fresh: readonly M[] }

export function advanceStream<M extends Numbered>(before: Stream, messages: readonly M[]): Advanced<M> {
  const ahead = new Set(before.ahead)
  let { watermark, accepted, duplicates, lost } = before
  const fresh: M[] = []
  for (const message of messages) {
    if (message.sequence <= watermark || ahead.has(message.sequence)) {
      duplicates += 1
      continue
    }
    fresh.push(message)
    accepted += 1
    ahead.add(message.sequence)
    while (watermark < message.oldest - 1) if (!ahead.delete(++watermark)) lost += 1
    while (ahead.delete(watermark + 1)) watermark += 1
  }
  return { stream: { watermark, accepted, duplicates, lost, ahead }, fresh }
}
