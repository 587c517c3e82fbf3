/**
 * From what a table holds to the story's two versions: the last calendar year is replayed by the fleet; version 1 is
 * trained on the stations of the first year alone, version 2 on every station's history before the replay.
 */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { HistoryScan } from '../../ports/programs.ts'

export type DemoPlan = {
  readonly fleet: readonly string[]
  readonly replayFrom: string
  readonly replayUntil: string
  readonly first: { readonly stations: readonly string[]; readonly until: string }
}

/** A year counts for a station when it has at least this many rows: half a year of hours. */
const ROWS_OF_A_YEAR = 4_380

export function planDemo({ rowsByStation }: HistoryScan): Result<DemoPlan, Refusal<'demo/tooLittleHistory'>> {
  const stationsOf = (year: number): string[] =>
    [...rowsByStation]
      .filter(([, years]) => (years.get(year) ?? 0) >= ROWS_OF_A_YEAR)
      .map(([station]) => station)
      .sort()
  const years = [...new Set([...rowsByStation.values()].flatMap((counts) => [...counts.keys()]))]
    .filter((year) => stationsOf(year).length > 0)
    .sort((a, b) => a - b)
  const [firstYear, replayYear] = [years[0], years.at(-1)]
  if (firstYear === undefined || replayYear === undefined || firstYear === replayYear)
    return refuse(
      'demo/tooLittleHistory',
      'the table needs at least one calendar year of hourly rows to train on and a later one to replay',
    )
  return ok({
    fleet: stationsOf(replayYear),
    replayFrom: yearStart(replayYear),
    replayUntil: yearStart(replayYear + 1),
    first: { stations: stationsOf(firstYear), until: yearStart(firstYear + 1) },
  })
}

const yearStart = (year: number): string => `${year}-01-01T00:00:00.000Z`
