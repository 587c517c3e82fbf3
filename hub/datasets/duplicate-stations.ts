/** Two stations that report the same series: one of them is a copy, and a model would see its test set in training. */
import type { ColumnEngine } from '../ports/column-engine.ts'

/** Common rows that are equal in every channel that both have; neighbours of the same weather stay far below. */
const EQUAL_SHARE_MIN = 0.9
const COMMON_ROWS_MIN = 200

export type StationPair = {
  /** Places in the list of stations. */
  readonly first: number
  readonly second: number
  readonly common: number
  readonly equal: number
}

/**
 * Pairs whose rows agree, over all channels that both measured. Only rows where something changed since the row before count:
 * calm and dry hours are alike everywhere. `sampled` is the SQL condition of the rows to look at: all of them, or stretches of time.
 */
export async function findDuplicateStations(
  engine: ColumnEngine,
  { channels, sampled }: { readonly channels: number; readonly sampled: string },
): Promise<readonly StationPair[]> {
  const values = Array.from({ length: channels }, (_, i) => `m${i}`)
  const changed = values.map((m) => `(${m} <> lag(${m}) OVER w AND NOT isnan(${m}))`).join(' OR ')
  const rows = await engine.query(`WITH moving AS (
      SELECT * FROM (SELECT *, (${changed}) AS changed
        FROM (SELECT station, ms, ${values.join(', ')} FROM clean WHERE ${sampled})
        WINDOW w AS (PARTITION BY station ORDER BY ms))
      WHERE changed)
    SELECT a.station AS first, b.station AS second, count(*) AS common,
      count(*) FILTER (WHERE ${values.map((m) => `(isnan(a.${m}) OR isnan(b.${m}) OR a.${m} = b.${m})`).join(' AND ')}) AS equal
    FROM moving a JOIN moving b ON a.ms = b.ms AND a.station < b.station
    WHERE ${values.map((m) => `NOT (isnan(a.${m}) OR isnan(b.${m}))`).join(' OR ')}
    GROUP BY 1, 2 HAVING common >= ${COMMON_ROWS_MIN} AND equal >= ${EQUAL_SHARE_MIN} * common ORDER BY 1, 2`)
  return rows.map((row) => ({
    first: Number(row['first']),
    second: Number(row['second']),
    common: Number(row['common']),
    equal: Number(row['equal']),
  }))
}
