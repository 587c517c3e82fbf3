/** A real SQLite store in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStore } from '../../hub/store/open-store.ts'
import type { Store } from '../../hub/store/store.ts'

const migrations = fileURLToPath(new URL('../../hub/migrations', import.meta.url))

export type TemporaryStore = {
  readonly store: Store
  readonly folder: string
  readonly remove: () => Promise<void>
}

export async function temporaryStore(): Promise<TemporaryStore> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-store-'))
  const store = await openStore({ database: 'sqlite', sqliteFile: join(folder, 'hub.db'), migrations })
  return {
    store,
    folder,
    remove: async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
