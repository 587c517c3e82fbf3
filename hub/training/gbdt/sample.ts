/** Which rows and columns a tree sees. */
import type { Random } from '@fleetcast/shared/random.ts'

/** Each row with the given probability, in order. */
export function sampleRows(n: number, share: number, random: Random): Int32Array {
  const rows = new Int32Array(n)
  let kept = 0
  for (let row = 0; row < n; row++) if (share >= 1 || random.next() < share) rows[kept++] = row
  return rows.subarray(0, kept)
}

/** A fixed number of columns, in order (Fisher-Yates). */
export function sampleColumns(n: number, share: number, random: Random): Int32Array {
  const columns = Int32Array.from({ length: n }, (_, i) => i)
  const kept = sampledColumns(n, share)
  for (let i = 0; i < kept; i++) {
    const j = i + random.integer(n - i)
    const moved = columns[i]!
    columns[i] = columns[j]!
    columns[j] = moved
  }
  return columns.subarray(0, kept).sort()
}

/** How many columns a tree sees. */
export const sampledColumns = (n: number, share: number): number => Math.max(1, Math.round(n * share))
