import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder, writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import type { KeyName, KeySlot, TrustFiles } from '../ports/trust-files.ts'

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

/** `keys/*.pem` (0600), `image/*.json` and `director/*.json` of one folder (0700). */
export async function openTrustFolder(folder: string): Promise<TrustFiles> {
  for (const name of ['.', 'keys', 'image', 'director']) {
    const path = join(folder, name)
    await mkdir(path, { recursive: true, mode: 0o700 })
    for (const entry of await readdir(path))
      if (entry.endsWith('.tmp')) await rm(join(path, entry), { force: true }) // left by a power cut
  }
  const keyFile = (name: KeyName, slot: KeySlot): string =>
    join(folder, 'keys', slot === 'live' ? `${name}.pem` : `${name}.pending.pem`)
  const remove = async (path: string, parent: string): Promise<void> => {
    await rm(path, { force: true })
    await syncFolder(join(folder, parent))
  }
  return {
    readKey: async (name, slot) => (await readIfThere(keyFile(name, slot)))?.toString('utf8') ?? null,
    writeKey: (name, slot, pem) => writeDurably(keyFile(name, slot), pem, 0o600),
    removeKey: (name, slot) => remove(keyFile(name, slot), 'keys'),
    read: (repository, file) => readIfThere(join(folder, repository, file)),
    write: (repository, file, bytes) => writeDurably(join(folder, repository, file), bytes, 0o600),
    remove: (repository, file) => remove(join(folder, repository, file), repository),
    list: (repository) => readdir(join(folder, repository)),
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}
