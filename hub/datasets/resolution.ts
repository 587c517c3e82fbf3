/** The grid a sensor's values lie on, year by year: a change means another sensor, or another way of reporting. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import type { ColumnEngine } from '../ports/column-engine.ts'

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

/** Values are often rounded to 0.1, so a value may lie half of that beside its grid. */
const ROUNDING = 0.0501
const SHARE_ON_GRID = 0.98
const VALUES_MIN = 500

export type YearResolution = {
  /** Place in the list of stations. */
  readonly station: number
  readonly year: number
  readonly grid: string
}

/** Resolution of each station's calendar years (UTC) with enough valid values, in order, for the channel at `index` of the `sampled` rows of `clean`. */
export async function resolutionByYear(
  engine: ColumnEngine,
  index: number,
  { unit, sampled }: Pick<SensorChannel, 'unit'> & { readonly sampled: string },
): Promise<readonly YearResolution[]> {
  const grids = GRIDS.filter((grid) => grid.unit === null || grid.unit === unit)
  const counts = grids.map((grid, g) => `count(*) FILTER (WHERE ${onGridSql(grid, `m${index}`)}) AS g${g}`)
  const rows = await engine.query(
    `SELECT station, year(make_timestamp((ms * 1000)::BIGINT)) AS year, count(*) AS n, ${counts.join(', ')}
     FROM clean WHERE f${index} = 0 AND ${sampled} GROUP BY ALL HAVING n >= ${VALUES_MIN} ORDER BY station, year`,
  )
  return rows.map((row) => ({
    station: Number(row['station']),
    year: Number(row['year']),
    grid: grids.find((_, g) => Number(row[`g${g}`]) >= Number(row['n']) * SHARE_ON_GRID)!.name,
  }))
}

function onGridSql({ step, origin }: Grid, value: string): string {
  if (step === 0) return 'true'
  const steps = `((${value} - (${origin}::DOUBLE)) / ${step}::DOUBLE)`
  // Grids of round decimals are exact; only converted ones carry the rounding.
  const beside = Number.isInteger(step * 10) ? 1e-6 : ROUNDING
  return `abs(${steps} - round(${steps})) * ${step} <= ${beside}`
}
