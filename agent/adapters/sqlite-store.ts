/**
 * One SQLite file in WAL mode. With synchronous=NORMAL a commit survives the end of the process; with FULL the log is on
 * the medium when the commit returns, and with it every earlier commit.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import { openSqlite, type Database, type Statement } from '@fleetcast/shared/sqlite/open-sqlite.ts'
import type { Durability, SqlValue, Store } from '../ports/store.ts'

/** Raised whenever a table changes its meaning; a newer file is refused. */
const SCHEMA_VERSION = 1
const CACHE_KIB = 512
/** A process that was just killed may need a moment to let go. */
const BUSY_MS = 500

export function openStore(path: string): Store {
  const database = openSqlite(path, { timeout: BUSY_MS })
  takeAlone(database, path)
  database.pragma('synchronous = NORMAL')
  database.pragma(`cache_size = -${CACHE_KIB}`)
  checkVersion(database, path)
  database.exec(
    'create table if not exists document(key text primary key, body text not null) strict, without rowid',
  )
  return storeOver(database)
}

/** Two agents in one folder would count everything twice: the lock goes with the process, however it ends. */
function takeAlone(database: Database, path: string): void {
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.exec('begin immediate; commit')
  } catch (cause) {
    database.close()
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_BUSY'
    if (!isTaken) throw cause
    throw new Error(`${path} is in use by another agent; stop that one or choose another state folder`, {
      cause,
    })
  }
}

function checkVersion(database: Database, path: string): void {
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > SCHEMA_VERSION)
    throw new Error(
      `${path} was written by a newer agent (schema ${version}, this one knows ${SCHEMA_VERSION}); update the agent`,
    )
  database.pragma(`user_version = ${SCHEMA_VERSION}`)
}

function storeOver(database: Database): Store {
  const statements = new Map<string, Statement>()
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const all = <T>(sql: string, ...values: readonly SqlValue[]): T[] => prepare(sql).all(...values) as T[]
  const run = (sql: string, ...values: readonly SqlValue[]): number => prepare(sql).run(...values).changes
  return {
    all,
    run,
    transaction: (durability, work) => transaction(database, durability, work),
    readDocument: <T>(key: string): T | null => {
      const [row] = all<{ body: string }>('select body from document where key = ?', key)
      return row === undefined ? null : (JSON.parse(row.body) as T)
    },
    writeDocument: (key, value) =>
      void run('insert or replace into document values(?, ?)', key, JSON.stringify(value)),
    close: () => void database.close(),
  }
}

function transaction<T>(database: Database, durability: Durability, work: () => T): T {
  assert(!database.inTransaction, 'transactions are not nested')
  if (durability === 'process') return database.transaction(work)()
  // The pragma has no effect inside a transaction.
  database.pragma('synchronous = FULL')
  try {
    return database.transaction(work)()
  } finally {
    database.pragma('synchronous = NORMAL')
  }
}
