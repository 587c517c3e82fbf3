/** A CSV of generated readings, a row a minute and station, as large as asked for. */
import { open } from 'node:fs/promises'
import { createRandom } from '@fleetcast/shared/random.ts'

const STATIONS = ['ewr', 'jfk', 'lga', 'mdw', 'ord', 'pdx', 'rfd', 'sea']
const HEADER = 'station,time_utc,temp_c,dewp_c,rh_pct,wind_ms,slp_hpa\n'
const LINE_BYTES = 44
const MINUTE_MS = 60_000

export const GENERATED_SITES = STATIONS.map((id, i) => ({ id, latitude: 40, longitude: -74 - i }))

/** Returns the rows; the file has about `bytes` bytes. */
export async function writeGeneratedTable(path: string, bytes: number): Promise<number> {
  const random = createRandom(7)
  const rowsEach = Math.floor(bytes / LINE_BYTES / STATIONS.length)
  const file = await open(path, 'w')
  try {
    await file.write(HEADER)
    for (const station of STATIONS)
      for (let from = 0; from < rowsEach; from += 20_000) {
        const lines: string[] = []
        for (let k = from; k < Math.min(from + 20_000, rowsEach); k++)
          lines.push(lineOf(station, k, random.next()))
        await file.write(lines.join(''))
      }
  } finally {
    await file.close()
  }
  return rowsEach * STATIONS.length
}

/** A day's wave and noise: values compress as those of sensors do. */
function lineOf(station: string, minute: number, noise: number): string {
  const at = new Date(Date.UTC(2013, 0) + minute * MINUTE_MS).toISOString().slice(0, 16)
  const wave = Math.sin(minute / 229)
  const tenths = (value: number): string => value.toFixed(1)
  return `${station},${at}Z,${tenths(10 + 8 * wave + noise)},${tenths(3 + 4 * wave - noise)},${(60 + 9 * noise).toFixed(0)},${tenths(8 * noise)},${tenths(1_010 + 3 * noise)}\n`
}
