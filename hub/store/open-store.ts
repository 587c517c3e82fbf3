import { openPostgresStore } from './postgres-store.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

export type StoreAddress = {
  readonly database: string
  readonly sqliteFile: string
  readonly migrations: string
}

/** Opens the database and brings it to the current schema. `database` is `sqlite` or a postgres:// address. */
export const openStore = ({ database, sqliteFile, migrations }: StoreAddress): Promise<Store> =>
  database === 'sqlite'
    ? openSqliteStore(sqliteFile, `${migrations}/sqlite`)
    : openPostgresStore(database, `${migrations}/postgres`)
