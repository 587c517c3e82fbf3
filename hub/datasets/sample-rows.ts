/** Long series are looked at in stretches: what is true of a whole series shows in twenty thousand of its rows. */
import type { ColumnEngine } from '../ports/column-engine.ts'

/** Rows of the longest station that are looked at, about; shorter series are looked at as a whole. */
const SAMPLE_ROWS = 50_000
/** Intervals of a stretch: a row's neighbour is in the sample too. */
const STRETCH_STEPS = 48

/** The SQL condition of the rows of `clean` to look at: the same stretches of time at every station. */
export async function sampledSql(engine: ColumnEngine, cadenceMs: number): Promise<string> {
  const [most] = await engine.query(
    'SELECT max(n) AS n FROM (SELECT count(*) AS n FROM clean GROUP BY station)',
  )
  const every = Math.ceil(Number(most!['n']) / SAMPLE_ROWS)
  return every <= 1 ? 'true' : `(ms // ${cadenceMs * STRETCH_STEPS})::BIGINT % ${every} = 0`
}
