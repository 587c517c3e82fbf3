/** The real observations that benchmarks are run on: read in place, from the folder beside the project or from `FLEETCAST_DATA`. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export type RealTable = {
  readonly columns: readonly string[]
  /** Fields as they stand in the file. */
  readonly rows: readonly (readonly string[])[]
}

/** A gzip CSV of ../shared/data; null (and a line on stderr) where it is absent. */
export function readRealTable(name: string): RealTable | null {
  const path = join(process.env['FLEETCAST_DATA'] ?? '../shared/data', name)
  if (!existsSync(path)) {
    process.stderr.write(`${path} is absent: put the file there or name its folder in FLEETCAST_DATA\n`)
    return null
  }
  const [header = '', ...lines] = gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n')
  return { columns: header.split(','), rows: lines.map((line) => line.split(',')) }
}
