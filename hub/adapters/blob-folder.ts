import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { Sha256 } from '@fleetcast/shared/ids.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { BlobFiles, StoredBlob } from '../ports/blob-files.ts'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

/** Blobs as files `<folder>/<first two digits>/<digest>`. */
export function createBlobFolder(folder: string): BlobFiles {
  const pathOf = (digest: Sha256): string => join(folder, digest.slice(0, 2), digest)
  const has = async (digest: Sha256): Promise<boolean> => {
    try {
      return (await stat(pathOf(digest))).isFile()
    } catch (cause) {
      if (isMissing(cause)) return false
      throw cause
    }
  }
  return {
    has,
    write: async (bytes) => {
      const digest = sha256(bytes)
      if (!(await has(digest))) await writeDurably(pathOf(digest), bytes)
      return digest
    },
    read: async (digest, offset, length) => {
      try {
        const file = await open(pathOf(digest), 'r')
        try {
          const { size } = await file.stat()
          const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
          const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
          return { fileBytes: size, bytes: buffer.subarray(0, bytesRead) }
        } finally {
          await file.close()
        }
      } catch (cause) {
        if (isMissing(cause)) return null
        throw cause
      }
    },
    list: () => listBlobs(folder),
    remove: async (digest) => {
      if (!(await has(digest))) return false
      await rm(pathOf(digest), { force: true })
      return true
    },
  }
}

/** Half-written files have other names and are left out. */
async function listBlobs(folder: string): Promise<readonly StoredBlob[]> {
  const blobs: StoredBlob[] = []
  for (const name of await namesIn(folder))
    for (const file of await namesIn(join(folder, name))) {
      const digest = Sha256.safeParse(file)
      if (!digest.success) continue
      const { size, mtimeMs } = await stat(join(folder, name, file))
      blobs.push({ digest: digest.data, bytes: size, writtenAt: epochMs(Math.floor(mtimeMs)) })
    }
  return blobs
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (isMissing(cause)) return []
    throw cause
  }
}
