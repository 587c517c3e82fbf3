/** The databases the store is tested on: SQLite always, PostgreSQL where it is installed. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { inject } from 'vitest'
import { openStore } from '../../../hub/store/open-store.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'

export const MIGRATIONS = fileURLToPath(new URL('../../../hub/migrations', import.meta.url))

export type Engine = readonly [name: string, open: () => Promise<TemporaryStore>]

const postgresUrl = inject('postgresUrl')

async function emptyPostgres(url: string): Promise<TemporaryStore> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await administer(url, `create database ${name}`)
  const database = new URL(url)
  database.pathname = name
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-store-'))
  const store = await openStore({ database: database.href, sqliteFile: '', migrations: MIGRATIONS })
  return {
    store,
    folder,
    remove: async () => {
      await store.close()
      await administer(url, `drop database ${name} with (force)`)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

export const ENGINES: readonly Engine[] = [
  ['SQLite', temporaryStore],
  ...(postgresUrl === null ? [] : [['PostgreSQL', () => emptyPostgres(postgresUrl)] satisfies Engine]),
]
