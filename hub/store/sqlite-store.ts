/**
 * SQLite behind the shared query code: drizzle's proxy driver over one handle with our own statement cache. WAL and
 * synchronous=FULL, so a commit survives a power cut.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { getTableName, type Table } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { migrate } from 'drizzle-orm/sqlite-proxy/migrator'
import { assert } from '@fleetcast/shared/assert.ts'
import { openSqlite, type Database, type Statement } from '@fleetcast/shared/sqlite/open-sqlite.ts'
import { assertNotNewer } from './assert-not-newer.ts'
import { bulkColumns, conflictClause } from './bulk-columns.ts'
import { sqliteKit } from './kit.ts'
import { makeSchema } from './schema.ts'
import type { Db, NewRow, OnConflict, Store, TableName } from './store.ts'

const STATEMENTS_MAX = 500
/** Telemetry bodies are 1 to 32 kB: larger pages, and fewer and larger copies from the log (16 MB) into the file. */
const PAGE_BYTES = 8_192
const CHECKPOINT_PAGES = 2_000
const CACHED_SQL_LENGTH_MAX = 4_000

/** The one cast: the dialects share verbs and column types. */
const asDb = (database: unknown): Db => database as Db

type Execute = (sql: string, parameters: unknown[], method: string) => { rows: unknown[] }

export async function openSqliteStore(path: string, migrationsFolder: string): Promise<Store> {
  const connection = openSqlite(path)
  const prepare = statementCache(connection)
  const execute = executor(prepare)
  const gate = createGate()
  const db = asDb(
    drizzle(async (sql, parameters, method) => {
      gate.assertOutside()
      while (gate.closed !== null) await gate.closed
      return execute(sql, parameters, method)
    }),
  )
  const inner = asDb(drizzle(async (sql, parameters, method) => execute(sql, parameters, method)))
  await prepareFile(connection, { path, migrationsFolder, db: inner })
  const t = makeSchema(sqliteKit)
  return {
    engine: 'sqlite',
    db,
    t,
    tx: (work) => gate.hold(() => inTransaction(connection, () => work(inner))),
    bulk: async (table, rows, { onConflict, db: given }) => {
      if (rows.length === 0) return 0
      const insertAll = bulkInsert(prepare, { table: t[table], rows, onConflict })
      if (given === inner) return insertAll()
      gate.assertOutside()
      while (gate.closed !== null) await gate.closed
      return connection.transaction(insertAll).immediate()
    },
    close: async () => {
      gate.assertOutside()
      while (gate.closed !== null) await gate.closed
      connection.close()
    },
  }
}

/** Settings first, then the migrations; a file that cannot be used is closed again. */
async function prepareFile(
  connection: Database,
  { path, migrationsFolder, db }: { path: string; migrationsFolder: string; db: Db },
): Promise<void> {
  try {
    connection.pragma(`page_size = ${PAGE_BYTES}`)
    connection.pragma('journal_mode = WAL')
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    connection.pragma('synchronous = FULL')
    // Migrations rebuild tables; it cannot be switched inside their transaction.
    connection.pragma('foreign_keys = OFF')
    assertNotNewer(migrationsFolder, path, appliedMigration(connection))
    await migrate(
      db as never,
      async (statements) =>
        connection.transaction(() => statements.forEach((sql) => connection.exec(sql))).immediate(),
      { migrationsFolder },
    )
    connection.pragma('foreign_keys = ON')
  } catch (cause) {
    connection.close()
    throw cause
  }
}

async function inTransaction<T>(connection: Database, work: () => Promise<T>): Promise<T> {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = await work()
    connection.exec('COMMIT')
    return result
  } finally {
    if (connection.inTransaction) connection.exec('ROLLBACK')
  }
}

type BulkRows<K extends TableName> = {
  readonly table: Table
  readonly rows: readonly NewRow<K>[]
  readonly onConflict: OnConflict<K>
}

/** One prepared statement, run once a row: SQLite's fastest way, without building SQL for every batch. */
function bulkInsert<K extends TableName>(
  prepare: (sql: string) => Statement,
  { table, rows, onConflict }: BulkRows<K>,
): () => number {
  const columns = bulkColumns(table, rows)
  const names = columns.map((column) => column.quotedName).join()
  const marks = columns.map(() => '?').join()
  const statement = prepare(
    `insert into "${getTableName(table)}" (${names}) values (${marks})${conflictClause(table, columns, onConflict)}`,
  )
  return () =>
    rows.reduce((sum, row) => sum + statement.run(...columns.map((column) => column.valueOf(row))).changes, 0)
}

/** Time of the newest migration that was applied to this file; 0 before the first. */
function appliedMigration(connection: Database): number {
  const table = connection.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get()
  if (table === undefined) return 0
  const row = connection.prepare('select max(created_at) as newest from __drizzle_migrations').get()
  return Number((row as { readonly newest: number | null }).newest ?? 0)
}

/** Prepared statements by their text: preparing costs more than most of our statements run. */
function statementCache(connection: Database): (sql: string) => Statement {
  const cache = new Map<string, Statement>()
  return (sql) => {
    const known = cache.get(sql)
    if (known !== undefined) return known
    const statement = connection.prepare(sql)
    if (statement.reader) statement.raw(true)
    if (sql.length <= CACHED_SQL_LENGTH_MAX) {
      if (cache.size >= STATEMENTS_MAX) cache.clear()
      cache.set(sql, statement)
    }
    return statement
  }
}

const executor =
  (prepare: (sql: string) => Statement): Execute =>
  (sql, parameters, method) => {
    const statement = prepare(sql)
    if (!statement.reader) return { rows: [statement.run(...parameters)] }
    return {
      rows: (method === 'get' ? statement.get(...parameters) : statement.all(...parameters)) as unknown[],
    }
  }

const notYet = (): void => undefined

/**
 * One connection, one transaction at a time: statements outside it wait, so they can neither land in somebody else's
 * transaction nor read what it has not committed. `await gate.closed` in a loop, then the statement in the same tick:
 * one more await between them would let a write slip into a foreign transaction.
 */
function createGate() {
  const inside = new AsyncLocalStorage<true>()
  const gate = {
    closed: null as Promise<void> | null,
    assertOutside: (): void =>
      assert(
        inside.getStore() === undefined,
        'inside a transaction use the db it was given; this one would wait for itself',
      ),
    hold: async <T>(work: () => Promise<T>): Promise<T> => {
      gate.assertOutside()
      while (gate.closed !== null) await gate.closed
      let open = notYet
      gate.closed = new Promise<void>((resolve) => (open = resolve))
      try {
        return await inside.run(true, work)
      } finally {
        gate.closed = null
        open()
      }
    },
  }
  return gate
}
