/** What can go wrong at a station, as data. Every fault has a span of event time; without an end it stays. */
import * as z from 'zod'

const span = { from: z.iso.datetime().optional(), until: z.iso.datetime().optional() }
const channel = z.string().min(1).max(40)
const share = z.number().gt(0).max(1)

export const Fault = z.discriminatedUnion('kind', [
  /** The network is cut: the station goes on measuring and forecasting, nothing leaves it. */
  z.strictObject({ kind: z.literal('silent'), ...span }),
  /** The channel gives nothing. */
  z.strictObject({ kind: z.literal('dead'), channel, ...span }),
  /** The channel repeats what it last said before the fault. */
  z.strictObject({ kind: z.literal('stuck'), channel, ...span }),
  /** The channel reads `by` too high. */
  z.strictObject({ kind: z.literal('offset'), channel, by: z.number(), ...span }),
  /** A share of the values jumps by `size`, up or down. */
  z.strictObject({ kind: z.literal('spikes'), channel, share, size: z.number().positive(), ...span }),
  /** A share of the readings never comes. */
  z.strictObject({ kind: z.literal('dropouts'), share, ...span }),
])
export type Fault = z.infer<typeof Fault>

/** Faults by device. */
export type FaultsByDevice = ReadonlyMap<string, readonly Fault[]>

/** Whether the fault acts at an instant: from (inclusive) until (exclusive). */
export function isActive(fault: Fault, at: number): boolean {
  const from = fault.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(fault.from)
  const until = fault.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(fault.until)
  return at >= from && at < until
}

export const isSilent = (faults: readonly Fault[], at: number): boolean =>
  faults.some((fault) => fault.kind === 'silent' && isActive(fault, at))
