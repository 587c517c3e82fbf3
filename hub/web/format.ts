/** Numbers and times as people read them. */
import { lossText } from '@fleetcast/shared/recipe/metric.ts'

export const decimals = (value: number | null | undefined, digits = 2): string =>
  value === null || value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits)

export const lossOrDash = (loss: number | null): string => (loss === null ? '–' : lossText(loss))

export const percent = (share: number, digits = 1): string =>
  `${share > 0 ? '+' : ''}${(100 * share).toFixed(digits)} %`

/** Relative difference of a to b. */
export const relative = (a: number | null, b: number | null): string =>
  a === null || b === null || b === 0 ? '–' : percent(a / b - 1)

export const short = (digest: string): string => digest.slice(0, 12)

export const count = (value: number): string => value.toLocaleString('en-US')

/** Event time, UTC. */
export const eventTime = (at: number | null): string =>
  at === null ? '–' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`

/** To the second, UTC: what arrives within a minute makes a difference. */
export const arrivalTime = (at: number): string =>
  new Date(at).toISOString().slice(0, 19).replace('T', ' ') + 'Z'

export const clockTime = (at: number): string => new Date(at).toLocaleTimeString('en-GB')

export function ago(at: number | null, now: number): string {
  if (at === null) return 'never'
  const seconds = Math.max(0, Math.round((now - at) / 1_000))
  if (seconds < 5) return 'now'
  if (seconds < 90) return `${seconds} s ago`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`
  return seconds < 172_800
    ? `${Math.round(seconds / 3_600)} h ago`
    : `${Math.round(seconds / 86_400)} days ago`
}

/** `42 s`, `12 min 5 s`, `3 h 20 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}

export const bytes = (n: number): string =>
  n < 1_024 ? `${n} B` : n < 1_048_576 ? `${(n / 1_024).toFixed(0)} kB` : `${(n / 1_048_576).toFixed(1)} MB`

export const version = (n: number | null): string => (n === null ? 'baseline' : `v${n}`)
