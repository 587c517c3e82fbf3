/**
 * Trusted metadata as files of one folder. Every write is whole and durable before it returns; what a power cut left half
 * written carries another name and is swept away at the next start.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetadataStore } from '../trust/metadata-ports.ts'
import { syncFolder, writeDurably } from './durable-file.ts'

export async function openMetadataFolder(folder: string): Promise<MetadataStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder))
    if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true })
  // A role's name may hold anything but never becomes a path.
  const file = (role: string): string => join(folder, `${encodeURIComponent(role)}.json`)
  return {
    read: async (role) => {
      try {
        return await readFile(file(role))
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
        throw cause
      }
    },
    write: async (role, bytes) => await writeDurably(file(role), bytes, 0o600),
    remove: async (role) => {
      await rm(file(role), { force: true })
      await syncFolder(folder)
    },
  }
}
