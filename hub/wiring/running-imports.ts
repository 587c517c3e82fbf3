/** Imports that are under way, by an id: how far they are, and how to end them. */
import { randomUUID } from 'node:crypto'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DatasetUpload, RunningImport, RunningImports } from '../api/api-ports.ts'
import type { ImportedDataset } from '../datasets/import-table.ts'
import { importDataset, type ImportPorts } from './import-dataset.ts'

export function createRunningImports(ports: ImportPorts): RunningImports {
  const running: Running = new Map()
  return {
    run: (upload) => runImport(ports, running, upload),
    list: () => [...running.values()].map(({ state }) => state),
    cancel: (id) => {
      const found = running.get(id)
      if (found === undefined) return refuse('import/notFound', `no import ${id} is under way`)
      found.cancel.abort()
      return ok(undefined)
    },
  }
}

type Running = Map<string, { state: RunningImport; readonly cancel: AbortController }>

async function runImport(
  ports: ImportPorts,
  running: Running,
  upload: DatasetUpload,
): Promise<Result<ImportedDataset, Refusal>> {
  const cancel = new AbortController()
  const { name, recipe, signal } = upload
  const onAbort = (): void => cancel.abort()
  signal.addEventListener('abort', onAbort, { once: true })
  const id = randomUUID()
  const start: RunningImport = { id, name, recipe, stage: 'uploading', fraction: 0, bytes: 0, rows: 0 }
  const entry = { state: start, cancel }
  running.set(id, entry)
  try {
    return await importDataset(ports, {
      ...upload,
      signal: cancel.signal,
      onProgress: (progress) => {
        entry.state = { ...entry.state, ...progress }
        upload.onProgress(progress)
      },
    })
  } finally {
    running.delete(id)
    signal.removeEventListener('abort', onAbort)
  }
}
