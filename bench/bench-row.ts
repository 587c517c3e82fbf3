/** One line of a benchmark; `against` names the yardstick of a ratio, `conditions` what the figure holds for. */
export type BenchRow = {
  bench: string
  metric: string
  value: number
  unit: string
  against: string
  conditions: string
}
