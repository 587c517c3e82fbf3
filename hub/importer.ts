/**
 * The import process: `node importer.js JOB.json`. Reads an uploaded table, writes the snapshot beside it and the outcome as
 * `outcome.json`, and tells its parent how it goes. The parent owns the folder and removes it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { epochMs } from '@fleetcast/shared/units.ts'
import { openDuckDb } from './adapters/duckdb.ts'
import { prepareTable } from './adapters/table-file.ts'
import type { ImportResult } from './datasets/import-codes.ts'
import { ImportJob } from './datasets/import-job.ts'
import { importTable, type ImportedDataset, type ImportProgress } from './datasets/import-table.ts'

/** Behind the hub and the stations of a small machine. */
const NICENESS = 10
const PROGRESS_EVERY_MS = 250

async function main(jobFile: string): Promise<void> {
  setPriority(NICENESS)
  // A hub that is gone wants nothing any more.
  process.on('disconnect', () => process.exit(1))
  const job = ImportJob.parse(JSON.parse(await readFile(jobFile, 'utf8')))
  const outcome = await runJob(job, throttledProgress())
  await writeFile(join(job.folder, 'outcome.json'), JSON.stringify(outcome))
}

async function runJob(
  job: ImportJob,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportResult<ImportedDataset>> {
  const path = (name: string): string => join(job.folder, name)
  const table = await prepareTable(path('upload'), path('unpacked'), {
    bytesMax: job.bytesMax,
    onFraction: (fraction) => onProgress({ stage: 'unpacking', fraction }),
  })
  if (!table.ok) return table
  const { memoryMb, threads } = job
  const engine = await openDuckDb({ file: path('work.duckdb'), folders: [job.folder], memoryMb, threads })
  try {
    return await importTable(
      engine,
      {
        table: table.value,
        recipe: job.recipe,
        sites: job.sites,
        mapping: job.mapping,
        until: job.until === null ? null : epochMs(job.until),
        asOf: job.asOf === null ? null : epochMs(job.asOf),
        out: job.isStored ? { snapshot: path('snapshot.parquet'), aside: path('aside.parquet') } : null,
      },
      onProgress,
    )
  } finally {
    engine.close()
  }
}

function throttledProgress(): (progress: ImportProgress) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (progress) => {
    const now = performance.now()
    if (now - toldAt < PROGRESS_EVERY_MS) return
    toldAt = now
    if (process.connected) process.send?.(progress)
  }
}

const [jobFile] = process.argv.slice(2)
if (jobFile === undefined) {
  process.stderr.write('usage: node importer.js JOB.json\n')
  process.exitCode = 2
} else {
  await main(jobFile)
}
process.removeAllListeners('disconnect')
if (process.connected) process.disconnect()
