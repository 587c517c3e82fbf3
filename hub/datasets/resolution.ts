/** The grid a sensor's values lie on, year by year: a change means another sensor, or another way of reporting. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import type { OrderedRows } from './order-rows.ts'

type Grid = {
  readonly name: string
  readonly unit: string | null
  readonly step: number
  readonly origin: number
}

/** Coarsest first. The last one takes everything. */
const GRIDS: readonly Grid[] = [
  { name: 'whole units', unit: null, step: 1, origin: 0 },
  { name: 'whole degrees Fahrenheit', unit: 'C', step: 5 / 9, origin: -160 / 9 },
  { name: 'whole knots', unit: 'm/s', step: 0.514444, origin: 0 },
  { name: 'halves', unit: null, step: 0.5, origin: 0 },
  { name: '0.1', unit: null, step: 0.1, origin: 0 },
  { name: 'finer than 0.1', unit: null, step: 0, origin: 0 },
]

/** Stored values are rounded to 0.1, so a value may lie half of that beside its grid. */
const ROUNDING = 0.0501
const SHARE_ON_GRID = 0.98
const VALUES_MIN = 500

export type YearResolution = { readonly year: number; readonly grid: string }

/** Resolution of each calendar year (UTC) with enough values. */
export function resolutionByYear(
  rows: OrderedRows,
  index: number,
  { unit, cadenceMs }: Pick<SensorChannel, 'unit'> & { cadenceMs: number },
): readonly YearResolution[] {
  const grids = GRIDS.filter((grid) => grid.unit === null || grid.unit === unit)
  const tallies = new Map<number, { n: number; readonly onGrid: number[] }>()
  let year = 0
  let yearEnd = Number.NEGATIVE_INFINITY
  rows.steps.forEach((step, row) => {
    const value = rows.values[row * rows.sensors + index]!
    if (Number.isNaN(value)) return
    if (step * cadenceMs >= yearEnd) {
      year = new Date(step * cadenceMs).getUTCFullYear()
      yearEnd = Date.UTC(year + 1, 0)
    }
    const tally = tallies.get(year) ?? { n: 0, onGrid: grids.map(() => 0) }
    tallies.set(year, tally)
    tally.n++
    grids.forEach((grid, g) => {
      if (isOn(grid, value)) tally.onGrid[g]!++
    })
  })
  return [...tallies]
    .filter(([, tally]) => tally.n >= VALUES_MIN)
    .map(([year, { n, onGrid }]) => ({
      year,
      grid: grids[onGrid.findIndex((count) => count >= n * SHARE_ON_GRID)]!.name,
    }))
}

function isOn({ step, origin }: Grid, value: number): boolean {
  if (step === 0) return true
  const beside = Math.abs((value - origin) / step - Math.round((value - origin) / step)) * step
  // Grids of round decimals are exact; only converted ones carry the rounding.
  return beside <= (Number.isInteger(step * 10) ? 1e-6 : ROUNDING)
}
