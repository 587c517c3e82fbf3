/** The databases the store is tested on: SQLite always, PostgreSQL where TEST_POSTGRES_URL names one. */
import { fileURLToPath } from 'node:url'
import { openStore } from '../../../hub/store/open-store.ts'
import type { Store } from '../../../hub/store/store.ts'
import { temporaryStore } from '../temporary-store.ts'

export const MIGRATIONS = fileURLToPath(new URL('../../../hub/migrations', import.meta.url))

export type OpenedStore = { readonly store: Store; readonly remove: () => Promise<void> }
export type Engine = readonly [name: string, open: () => Promise<OpenedStore>]

const postgresUrl = process.env['TEST_POSTGRES_URL']

async function emptyPostgres(url: string): Promise<OpenedStore> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    'drop schema public cascade; create schema public; drop schema if exists drizzle cascade',
  )
  await client.end()
  const store = await openStore({ database: url, sqliteFile: '', migrations: MIGRATIONS })
  return { store, remove: () => store.close() }
}

export const ENGINES: readonly Engine[] = [
  ['SQLite', temporaryStore],
  ...(postgresUrl === undefined ? [] : [['PostgreSQL', () => emptyPostgres(postgresUrl)] satisfies Engine]),
]
