/** One line of a report. Fail-closed: whatever is no finite number fails, whoever asks. */
import type { GateEntry, GateName } from './gate-report.ts'

export type Judged = {
  readonly gate: GateName
  readonly slice?: string
  readonly value: number
  readonly limit: number | null
  readonly lower?: number
  readonly upper?: number
  readonly n: number
  readonly days?: number
  readonly isPassed: boolean
  readonly message: string
}

export function judged({ gate, slice, value, limit, lower, upper, n, days, ...said }: Judged): GateEntry {
  const needed = [value, ...[lower, upper].filter((bound) => bound !== undefined)]
  const isMeasured = needed.every(Number.isFinite)
  return {
    gate,
    slice: slice ?? null,
    verdict: isMeasured && said.isPassed ? 'pass' : 'fail',
    value: finite(value),
    limit: limit === null ? null : finite(limit),
    lower: finite(lower),
    upper: finite(upper),
    n,
    days: days ?? 0,
    message: isMeasured ? said.message : `no finite measure, so it cannot pass: ${said.message}`,
  }
}

/** What could not be measured at all. */
export const failed = (gate: GateName, message: string): GateEntry => ({
  ...nothing(gate, message),
  verdict: 'fail',
})

/** What there was nothing to judge by; neither helps nor harms. */
export const notTestable = (gate: GateName, message: string, known: Partial<GateEntry> = {}): GateEntry => ({
  ...nothing(gate, message),
  ...known,
})

const nothing = (gate: GateName, message: string): GateEntry => ({
  gate,
  slice: null,
  verdict: 'notTestable',
  value: null,
  limit: null,
  lower: null,
  upper: null,
  n: 0,
  days: 0,
  message,
})

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null

/** `+3.1 %`. */
export const percent = (part: number): string => `${part >= 0 ? '+' : ''}${(100 * part).toFixed(1)} %`
