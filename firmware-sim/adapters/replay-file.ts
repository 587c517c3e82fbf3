/** Readings to replay: a table in the airports' format, packed or not, or generated weather. */
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { ReplayTable, type ReplayChannel, type ReplayRange } from '../sensors/replay-table.ts'
import { generateWeather, WEATHER_COLUMNS, type WeatherOptions } from '../weather/generate-weather.ts'

export type ReplayInput = {
  readonly devices: readonly string[]
  readonly channels: readonly ReplayChannel[]
  readonly range: ReplayRange
}

export type ReplayCode = 'replay/unreadable' | 'replay/missingColumn' | 'replay/badRow' | 'replay/noRows'
type ReplayResult<T> = Result<T, Refusal<ReplayCode>>

export async function readReplayFile(file: string, input: ReplayInput): Promise<ReplayResult<ReplayTable>> {
  const raw = createReadStream(file)
  const text = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  const records = text.pipe(parse({ bom: true, skip_empty_lines: true, trim: true, max_record_size: 16_384 }))
  raw.on('error', (cause) => records.destroy(cause))
  text.on('error', (cause: Error) => records.destroy(cause))
  try {
    const table = await fillTable(records, input)
    return table.ok ? withRows(table.value, input, file) : table
  } catch (cause) {
    return refuse(
      'replay/unreadable',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}

/** The same rows that `sim generate` writes for the seed. */
export function generateReplay(options: WeatherOptions, input: ReplayInput): ReplayResult<ReplayTable> {
  const known = new Set<string>(WEATHER_COLUMNS)
  const missing = input.channels.find(({ column }) => !known.has(column))
  if (missing !== undefined)
    return refuse(
      'replay/missingColumn',
      `generated weather has no column ${missing.column}; it has ${WEATHER_COLUMNS.join(', ')}`,
    )
  const table = new ReplayTable(input.channels, input.range)
  for (const { station, at, values } of generateWeather(options))
    table.add({
      device: station.toLowerCase(),
      at,
      values: input.channels.map(({ column }) => (values as Record<string, number>)[column]!),
    })
  return withRows(table, input, 'the generated weather')
}

async function fillTable(
  records: AsyncIterable<unknown>,
  { devices, channels, range }: ReplayInput,
): Promise<ReplayResult<ReplayTable>> {
  const table = new ReplayTable(channels, range)
  const wanted = new Set(devices)
  let columns: Columns | null = null
  let row = 0
  for await (const record of records as AsyncIterable<readonly string[]>) {
    if (columns === null) {
      const found = findColumns(record, channels)
      if (!found.ok) return found
      columns = found.value
      continue
    }
    row++
    const device = record[columns.station]!.toLowerCase()
    if (!wanted.has(device)) continue
    const at = Date.parse(record[columns.time]!)
    const values = columns.channels.map((i) => (record[i] === '' ? Number.NaN : Number(record[i])))
    if (Number.isNaN(at)) return refuse('replay/badRow', `row ${row}: ${record[columns.time]} is no time`)
    table.add({ device, at: epochMs(at), values })
  }
  return ok(table)
}

type Columns = { readonly station: number; readonly time: number; readonly channels: readonly number[] }

function findColumns(header: readonly string[], channels: readonly ReplayChannel[]): ReplayResult<Columns> {
  const needed = ['station', 'time_utc', ...channels.map(({ column }) => column)]
  const missing = needed.filter((name) => !header.includes(name))
  if (missing.length > 0)
    return refuse(
      'replay/missingColumn',
      `the table lacks ${missing.join(', ')}; it has ${header.join(', ').slice(0, 400)}`,
    )
  return ok({
    station: header.indexOf('station'),
    time: header.indexOf('time_utc'),
    channels: channels.map(({ column }) => header.indexOf(column)),
  })
}

function withRows(
  table: ReplayTable,
  { devices, range }: ReplayInput,
  from: string,
): ReplayResult<ReplayTable> {
  const empty = devices.filter((device) => table.rows(device) === 0)
  const span = `${new Date(range.from).toISOString()} to ${new Date(range.until).toISOString()}`
  return empty.length === 0
    ? ok(table)
    : refuse('replay/noRows', `${from} has no rows of ${empty.join(', ')} from ${span}`)
}
