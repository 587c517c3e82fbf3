import { createReadStream } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { ok, refuse, type Result, type Refusal } from '@fleetcast/shared/result.ts'
import type { DemoFiles, HistoryScan } from '../ports/programs.ts'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'

/** Real files under the demo's state folder. */
export const demoFiles: DemoFiles = {
  scanHistory,
  readJson: async (file) => JSON.parse(await readFile(file, 'utf8')) as unknown,
  writeJson: (file, value) => writeDurably(file, JSON.stringify(value, null, 2)),
  exists: async (file) => {
    try {
      return (await stat(file)).isFile()
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false
      throw cause
    }
  },
  remove: (folder) => rm(folder, { recursive: true, force: true }),
}

/** Counts rows by station and year; the import itself checks the rest. */
async function scanHistory(file: string): Promise<Result<HistoryScan, Refusal>> {
  const rowsByStation = new Map<string, Map<number, number>>()
  try {
    const raw = createReadStream(file)
    const text = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
    raw.on('error', (cause) => text.destroy(cause))
    for await (const line of createInterface({ input: text })) countRow(line, rowsByStation)
  } catch (cause) {
    return refuse(
      'demo/unreadableData',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
  return ok({ rowsByStation })
}

function countRow(line: string, rowsByStation: Map<string, Map<number, number>>): void {
  const [station = '', time = ''] = line.split(',', 2)
  const year = Number(time.slice(0, 4))
  if (!Number.isInteger(year) || year < 1900) return
  const years = rowsByStation.get(station.toLowerCase()) ?? new Map<number, number>()
  years.set(year, (years.get(year) ?? 0) + 1)
  rowsByStation.set(station.toLowerCase(), years)
}
