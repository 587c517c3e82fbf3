/** Writes generated weather as a table and its stations as a list; a crash leaves no half file under its name. */
import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { generateWeather, type WeatherOptions } from '../weather/generate-weather.ts'
import { WEATHER_HEADER, weatherLine } from '../weather/weather-table.ts'

const CHUNK_ROWS = 2_000

/** Packed when the name ends with `.gz`; resolves with the number of rows. */
export async function writeWeather(file: string, options: WeatherOptions): Promise<number> {
  await mkdir(dirname(file), { recursive: true })
  const counted = { rows: 0 }
  const packing = file.endsWith('.gz') ? createGzip() : new PassThrough()
  await pipeline(Readable.from(tableText(options, counted)), packing, createWriteStream(`${file}.tmp`))
  await rename(`${file}.tmp`, file)
  return counted.rows
}

/** Positions in the form that `fleetcast demo --sites` reads. */
export async function writeSites(
  file: string,
  { stations }: Pick<WeatherOptions, 'stations'>,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const sites = stations.map(({ id, latitude, longitude }) => ({ id, latitude, longitude }))
  await writeFile(`${file}.tmp`, JSON.stringify(sites, null, 2))
  await rename(`${file}.tmp`, file)
}

function* tableText(options: WeatherOptions, counted: { rows: number }): Generator<string> {
  let text = WEATHER_HEADER
  for (const row of generateWeather(options)) {
    text += weatherLine(row)
    if (++counted.rows % CHUNK_ROWS !== 0) continue
    yield text
    text = ''
  }
  yield text
}
