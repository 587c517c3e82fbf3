/**
 * Imports in a child process at low priority: the upload by file, progress by message, SIGKILL when cancelled. One at a time, since
 * each may take a gigabyte; uploads wait on disk. The job's folder is removed whatever happens, leftovers of a crash at the start.
 */
import { randomUUID } from 'node:crypto'
import { fork } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { err, refuse } from '@fleetcast/shared/result.ts'
import type { ImportCode, ImportResult } from '../datasets/import-codes.ts'
import type { ImportJob } from '../datasets/import-job.ts'
import type { ImportedDataset, ImportProgress } from '../datasets/import-table.ts'
import type { TableImporter, TableUpload } from '../datasets/table-importer.ts'
import { spoolUpload, TABLE_BYTES_MAX } from './table-file.ts'

export type ImportProcessOptions = {
  /** The built importer program. */
  readonly program: string
  /** Folder for jobs, on the file system of the datasets. */
  readonly folder: string
}

/** Uploads that may lie on disk or be under way at once. */
const UPLOADS_MAX = 8
/** With it the whole child stays within a gigabyte; the rest spills to disk. */
const MEMORY_MB = 400
const THREADS = 2

type RunOptions = Parameters<TableImporter['run']>[1]

export async function createImportProcess(options: ImportProcessOptions): Promise<TableImporter> {
  await rm(options.folder, { recursive: true, force: true })
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  let open = 0
  let turn: Promise<unknown> = Promise.resolve()
  return {
    run: async (upload, run) => {
      if (open >= UPLOADS_MAX)
        return refuse('dataset/busy', `${UPLOADS_MAX} imports are under way; wait for one to end`)
      const folder = join(options.folder, randomUUID())
      open++
      try {
        await mkdir(folder, { mode: 0o700 })
        const spooled = await spool(upload, folder, run)
        if (!spooled.ok) return spooled
        run.onProgress({ stage: 'waiting', fraction: 0 })
        const mine = turn.then(() => importSpooled(upload, { ...run, folder, program: options.program }))
        turn = mine.catch(() => undefined)
        return await mine
      } finally {
        open--
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

function spool(
  { body }: TableUpload,
  folder: string,
  { onProgress, signal }: RunOptions,
): Promise<ImportResult<number>> {
  return spoolUpload(body, join(folder, 'upload'), {
    bytesMax: TABLE_BYTES_MAX,
    onBytes: (bytes) => onProgress({ stage: 'uploading', fraction: 0, bytes }),
    signal,
  })
}

type ChildOptions = RunOptions & { readonly folder: string; readonly program: string }

async function importSpooled(
  upload: TableUpload,
  options: ChildOptions,
): Promise<ImportResult<ImportedDataset>> {
  const { folder, keep, signal } = options
  if (signal.aborted) return CANCELLED
  const { channels, cadenceMinutes } = upload.recipe
  const job: ImportJob = {
    folder,
    recipe: { channels: [...channels], cadenceMinutes },
    sites: upload.sites.map(({ id, latitude, longitude }) => ({ id, latitude, longitude })),
    mapping: upload.mapping,
    until: upload.until,
    asOf: upload.asOf,
    isStored: keep !== null,
    bytesMax: TABLE_BYTES_MAX,
    memoryMb: MEMORY_MB,
    threads: THREADS,
  }
  await writeFile(join(folder, 'job.json'), JSON.stringify(job))
  const outcome = await runChild(join(folder, 'job.json'), options)
  if (!outcome.ok || keep === null) return outcome
  await keep(outcome.value.digest, {
    snapshot: join(folder, 'snapshot.parquet'),
    aside: join(folder, 'aside.parquet'),
  })
  return outcome
}

const CANCELLED = refuse<ImportCode>('dataset/cancelled', 'the import was cancelled; nothing was stored')

async function runChild(jobFile: string, options: ChildOptions): Promise<ImportResult<ImportedDataset>> {
  const { program, onProgress, signal, folder } = options
  const child = fork(program, [jobFile], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
  let errorText = ''
  child.stderr?.on('data', (part: Buffer) => (errorText = (errorText + part.toString()).slice(-2_000)))
  child.on('message', (progress: ImportProgress) => onProgress(progress))
  const onAbort = (): boolean => child.kill('SIGKILL')
  signal.addEventListener('abort', onAbort, { once: true })
  const ended = await new Promise<string | null>((resolve) => {
    child.on('error', (cause) => resolve(cause.message))
    child.on('close', (code, killedBy) => resolve(code === 0 ? null : (killedBy ?? `code ${code}`)))
  })
  signal.removeEventListener('abort', onAbort)
  if (signal.aborted) return CANCELLED
  if (ended === null)
    return JSON.parse(await readFile(join(folder, 'outcome.json'), 'utf8')) as ImportResult<ImportedDataset>
  const said = errorText.trim().split('\n').slice(-8).join(' ').slice(-400)
  return err({
    code: 'dataset/crashed',
    message: `the import ended with ${ended} and nothing was stored (${said}); check the file, and the hub's free memory and disk`,
  })
}
