/** Snapshots as `<folder>/<digest>.parquet`, and beside each the rows it left out as `<digest>.aside.parquet`. */
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assert } from '@fleetcast/shared/assert.ts'
import { syncFolder } from '@fleetcast/shared/durable/durable-file.ts'
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { openSnapshot } from '../datasets/read-snapshot.ts'
import type { SnapshotFiles } from '../datasets/snapshot-files.ts'

/** Readers share the hub's process: a small buffer, one thread. */
const READER = { memoryMb: 256, threads: 1 }

export function createSnapshotFiles(folder: string): SnapshotFiles {
  const pathOf = (digest: DatasetDigest): string => join(folder, `${digest}.parquet`)
  return {
    adopt: async (digest, files) => {
      await mkdir(folder, { recursive: true })
      if (await isThere(pathOf(digest))) return
      await moveDurably(files.aside, join(folder, `${digest}.aside.parquet`))
      await moveDurably(files.snapshot, pathOf(digest))
      await syncFolder(folder)
    },
    read: async (digest, work) => {
      const path = pathOf(digest)
      assert(await isThere(path), `there is no snapshot ${path}; import the table again`)
      // A hub that never reads a snapshot never loads the engine.
      const { openDuckDb } = await import('./duckdb.ts')
      const engine = await openDuckDb({ file: null, folders: [folder], ...READER })
      try {
        return await work(await openSnapshot(engine, path, digest))
      } finally {
        engine.close()
      }
    },
  }
}

/** The content is on disk before the name is. Both paths lie on one file system. */
async function moveDurably(from: string, to: string): Promise<void> {
  const file = await open(from, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(from, to)
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false
    throw cause
  }
}
