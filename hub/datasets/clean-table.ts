/** From staged rows to the dataset's rows: ordered, one an interval, judged, hashed and set down in the engine. */
import { assert } from '@fleetcast/shared/assert.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { ColumnEngine, NumericColumns } from '../ports/column-engine.ts'
import { CleanRows, SetAside } from './clean-rows.ts'
import { canonicalNumber, ContentDigest, type SnapshotHeader } from './content-digest.ts'
import type { ImportResult } from './import-codes.ts'
import type { JudgedRow } from './judge-channels.ts'
import { decideInterval, INTERVAL_ROWS_MAX, stepOf, type Interval, type StagedRow } from './pick-intervals.ts'
import { note, StationImport } from './station-import.ts'
import type { MappedChannel } from './table-mapping.ts'

export type CleanInput = {
  readonly channels: readonly MappedChannel[]
  readonly header: SnapshotHeader
  readonly stations: readonly string[]
  /** SQL condition of the rows that count. */
  readonly where: string
  /** How many rows meet it. */
  readonly rows: number
  readonly onRows: (rows: number) => void
}

export type CleanTable = { readonly digest: DatasetDigest; readonly stations: readonly StationImport[] }

/** Fills `clean` (station, ms, m0.., f0..) in order and `set_aside`; only rows that meet `where` take part. */
export async function cleanTable(engine: ColumnEngine, input: CleanInput): Promise<ImportResult<CleanTable>> {
  const { channels, header, stations } = input
  const digest = new ContentDigest(header, stations)
  const clean = await CleanRows.open(engine, { channels: channels.length, digest })
  const aside = await SetAside.open(engine, channels.length)
  const pass = new CleaningPass(input, clean, aside)
  const values = channels.map((_, i) => `v${i}`).join(', ')
  const sql = `SELECT station::DOUBLE, ms::DOUBLE, arrived::DOUBLE, ${values} FROM staged WHERE ${input.where} ORDER BY station, ms`
  let rows = 0
  for await (const chunk of engine.stream(sql)) {
    const tooMany = pass.add(chunk)
    if (tooMany !== null) return refuse('dataset/badTime', tooMany)
    input.onRows((rows += chunk.rows))
  }
  assert(rows === input.rows, `the engine gave ${rows} of ${input.rows} rows`)
  pass.finish()
  await clean.close()
  await aside.close()
  return ok({ digest: digest.finish(), stations: pass.stations })
}

/** Rows in order of station and time become intervals; only an interval of several rows costs an object. */
class CleaningPass {
  readonly stations: StationImport[] = []
  readonly #input: CleanInput
  readonly #clean: CleanRows
  readonly #aside: SetAside
  #place = -1
  #step = Number.NaN
  #rows: StagedRow[] = []

  constructor(input: CleanInput, clean: CleanRows, aside: SetAside) {
    this.#input = input
    this.#clean = clean
    this.#aside = aside
  }

  /** Null, or why the rows cannot be readings. */
  add({ rows, columns }: NumericColumns): string | null {
    const [station, time, arrived, ...values] = columns
    const { cadenceMs } = this.#input.header
    for (let row = 0; row < rows; row++) {
      const staged: StagedRow = {
        time: time![row]!,
        arrived: arrived![row]!,
        values: valuesAt(values, row),
      }
      if (station![row] !== this.#place) this.#startStation(station![row]!)
      const step = stepOf(staged.time, cadenceMs)
      if (step === null) this.#between(staged)
      else this.#addTo(step, staged)
      if (this.#rows.length > INTERVAL_ROWS_MAX) return tooManyText(this.#station.station, staged.time)
    }
    return null
  }

  /** Ends the last station. */
  finish(): void {
    this.#endInterval()
    if (this.stations.length > 0) this.#keep(this.#station.judge.finish())
  }

  #keep(row: JudgedRow | null): void {
    if (row !== null) this.#clean.add(this.#place, row)
  }

  get #station(): StationImport {
    return this.stations.at(-1)!
  }

  #startStation(place: number): void {
    this.finish()
    this.#place = place
    this.#step = Number.NaN
    const { stations, channels, header } = this.#input
    this.stations.push(new StationImport(stations[place]!, channels, header.cadenceMs))
  }

  #between(row: StagedRow): void {
    note(this.#station.aside.betweenSteps, row.time)
    this.#aside.add(this.#place, row, 'betweenSteps')
  }

  #addTo(step: number, row: StagedRow): void {
    if (step !== this.#step) this.#endInterval()
    this.#step = step
    this.#rows.push(row)
  }

  #endInterval(): void {
    if (this.#rows.length === 0) return
    const { cadenceMs } = this.#input.header
    const interval: Interval =
      this.#rows.length === 1
        ? { step: this.#step, winner: this.#rows[0]!, losers: [] }
        : decideInterval(this.#rows, { step: this.#step, cadenceMs })
    this.#keep(this.#station.accept(interval, cadenceMs))
    for (const { row, reason } of interval.losers) this.#aside.add(this.#place, row, reason)
    this.#rows = []
  }
}

function valuesAt(columns: readonly Float64Array[], row: number): Float64Array {
  const values = new Float64Array(columns.length)
  for (let i = 0; i < columns.length; i++) values[i] = canonicalNumber(columns[i]![row]!)
  return values
}

const tooManyText = (station: string, time: number): string =>
  `${station} has more than ${INTERVAL_ROWS_MAX} rows at ${new Date(time).toISOString()}; is this the column of the event time?`
