/** Small tables for the import's tests. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { importCsv, type ImportedDataset } from '../../../hub/datasets/import-csv.ts'
import type { ImportResult } from '../../../hub/datasets/import-codes.ts'

const RECIPE_FILE = new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url)

export const recipe = Recipe.parse(parse(readFileSync(RECIPE_FILE, 'utf8')))

export const sites = ['ewr', 'jfk', 'lga', 'pdx', 'sea', 'ord', 'mdw', 'rfd', 'lex', 'dca', 'iad', 'bwi'].map(
  (id) => ({
    id,
    latitude: 40,
    longitude: -74,
  }),
)

export const HEADER = 'station,time_utc,temp_c,dewp_c,rh_pct,wind_ms,slp_hpa'

/** `2022-01-01T00:00Z` plus some hours. */
export const hourText = (hour: number): string =>
  `${new Date(Date.UTC(2022, 0, 1, hour)).toISOString().slice(0, 16)}Z`

/** One plausible row; the temperature moves a little every hour. */
export const row = (
  station: string,
  hour: number,
  temperature: number | string = 5 + Math.sin(hour / 4),
): string =>
  `${station},${hourText(hour)},${typeof temperature === 'number' ? temperature.toFixed(1) : temperature},${(1 + Math.cos(hour / 5)).toFixed(1)},${60 + (hour % 7)},3.${hour % 10},${1010 + (hour % 5)}`

export const table = (...rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`

/** The text in pieces, as an upload brings it. */
export async function* streamOf(
  content: string | Uint8Array,
  pieceBytes = 1_000,
): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  await Promise.resolve()
  for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes)
}

export const importTable = (
  content: string | Uint8Array,
  until: number | null = null,
): Promise<ImportResult<ImportedDataset>> =>
  importCsv(streamOf(content), { recipe, sites, until: until as never })

/** The dataset of a table that must be accepted. */
export async function accepted(content: string | Uint8Array): Promise<ImportedDataset> {
  const imported = await importTable(content)
  if (!imported.ok) throw new Error(`${imported.error.code}: ${imported.error.message}`)
  return imported.value
}

export const packed = (text: string): Uint8Array => gzipSync(text)
