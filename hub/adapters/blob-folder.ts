import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
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
  }
}
