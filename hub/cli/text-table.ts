import { lossText } from '@fleetcast/shared/recipe/metric.ts'
import { epochMs, epochMsToUtcDay } from '@fleetcast/shared/units.ts'

/** Columns of text, numbers to the right, as wide as their widest cell. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))))
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)))
  const isNumeric = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === null),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(head), ...cells.map(line)].join('\n')
}

/** `2026-03-01`. */
export const day = (at: number): string => epochMsToUtcDay(epochMs(at))

/** A mean loss, or null. */
export const lossOrNull = (loss: number | null): string | null => (loss === null ? null : lossText(loss))

/** Two decimals, or null. */
export const decimals = (value: number | null, digits = 2): string | null =>
  value === null ? null : value.toFixed(digits)
