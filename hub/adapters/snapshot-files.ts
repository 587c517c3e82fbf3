import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { assert } from '@fleetcast/shared/assert.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { SnapshotFiles } from '../datasets/snapshot-files.ts'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'

/** Snapshots as `<folder>/<digest>.csv.gz`. Packing runs on the thread pool; the digest is of the unpacked bytes. */
export function createSnapshotFiles(folder: string): SnapshotFiles {
  const pathOf = (digest: DatasetDigest): string => join(folder, `${digest}.csv.gz`)
  return {
    write: async (digest, bytes) => {
      assert(sha256(bytes) === digest, 'a snapshot is written under its own digest')
      if (await isThere(pathOf(digest))) return
      await writeDurably(pathOf(digest), await promisify(gzip)(bytes))
    },
    read: async (digest) => {
      const bytes = await promisify(gunzip)(await readFile(pathOf(digest)))
      assert(
        sha256(bytes) === digest,
        `snapshot ${digest} on disk is not what its name says; import the table again`,
      )
      return bytes
    },
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false
    throw cause
  }
}
