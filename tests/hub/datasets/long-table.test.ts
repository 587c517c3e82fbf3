/** Longer than any buffer of the engine: what it does in parts and by several threads must not show. */
import { afterAll, expect, test } from 'vitest'
import { acceptedIn, openWorkshop, recipe, sites } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)

const ROWS = 450_000
const MINUTE = 60_000
const small = { channels: [{ ...recipe.channels[0]!, flatlineReadings: null }], cadenceMinutes: 1 }

function longTable(): string {
  const lines = ['station,time_utc,temp_c']
  for (let row = 0; row < ROWS; row++) {
    const station = row < ROWS / 2 ? 'ewr' : 'sea'
    const at = new Date(Date.UTC(2022, 0) + (row % (ROWS / 2)) * MINUTE).toISOString().slice(0, 16)
    lines.push(`${station},${at}Z,${((row % 97) / 10).toFixed(1)}`)
  }
  return `${lines.join('\n')}\n`
}

test('every row of a long table arrives, in the order of the file', { timeout: 120_000 }, async () => {
  const { report, rows, digest } = await acceptedIn(workshop, longTable(), {
    recipe: small,
    sites,
    threads: 4,
  })
  expect(report.rows).toBe(ROWS)
  // Nothing is out of order, and the two stations differ by the phase of their values.
  expect(report.findings).toEqual([])
  expect(rows).toHaveLength(ROWS)
  expect(rows[ROWS - 1]).toMatchObject({ station: 'sea', values: [((ROWS - 1) % 97) / 10] })
  const single = await acceptedIn(workshop, longTable(), { recipe: small, sites, threads: 1 })
  expect(single.digest).toBe(digest)
})
