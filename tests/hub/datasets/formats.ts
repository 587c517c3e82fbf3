/** One table of readings in every format an import takes. */
import { rmSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { openEngine, type Workshop } from './tables.ts'

export type Reading = {
  readonly station: string
  /** Milliseconds since the epoch. */
  readonly time: number
  /** In the recipe's order; null where nothing was measured. */
  readonly values: readonly (number | null)[]
}

export const COLUMNS = ['temp_c', 'dewp_c', 'rh_pct', 'wind_ms', 'slp_hpa']

/** Minus zero is written as such. */
const numberText = (n: number): string => (Object.is(n, -0) ? '-0' : String(n))

const isoText = (time: number): string => new Date(time).toISOString()

export const toCsv = (rows: readonly Reading[]): string =>
  [
    `station,time_utc,${COLUMNS.join(',')}`,
    ...rows.map(({ station, time, values }) =>
      [station, isoText(time), ...values.map((v) => (v === null ? '' : numberText(v)))].join(','),
    ),
    '',
  ].join('\n')

export const toNdjson = (rows: readonly Reading[]): string =>
  rows
    .map(({ station, time, values }) =>
      JSON.stringify({
        station,
        time_utc: isoText(time),
        ...Object.fromEntries(COLUMNS.map((column, i) => [column, values[i]])),
      }),
    )
    .join('\n')

let files = 0

/** As another program would write it; `type` is the channels' SQL type. */
export function toParquet(
  workshop: Workshop,
  rows: readonly Reading[],
  type: 'DOUBLE' | 'FLOAT' | 'VARCHAR' = 'DOUBLE',
): Promise<Uint8Array> {
  const valueSql = (v: number | null): string =>
    v === null ? `NULL::${type}` : `'${numberText(v)}'::${type}`
  const list = rows.map(
    ({ station, time, values }) =>
      `('${station}', make_timestamptz(${time}000), ${values.map(valueSql).join(', ')})`,
  )
  return parquetOf(
    workshop,
    `SELECT * FROM (VALUES ${list.join(', ')}) AS t(station, time_utc, ${COLUMNS.join(', ')})`,
  )
}

/** The bytes of a Parquet file with the rows of a SELECT. */
export async function parquetOf({ folder }: Workshop, select: string): Promise<Uint8Array> {
  const file = join(folder, `made-${++files}.parquet`)
  const engine = await openEngine(folder)
  try {
    await engine.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`)
  } finally {
    engine.close()
  }
  const bytes = readFileSync(file)
  rmSync(file)
  return bytes
}

export const packedAs = (text: string): Uint8Array => gzipSync(text)
