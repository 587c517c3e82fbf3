/**
 * SQLite behind the shared query code: drizzle's proxy driver over one handle with our own statement cache. WAL and
 * synchronous=FULL, so a commit survives a power cut.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { getTableName } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { migrate } from 'drizzle-orm/sqlite-proxy/migrator'
import { assert } from '@fleetcast/shared/assert.ts'
import { openSqlite, type Database, type Statement } from '@fleetcast/shared/sqlite/open-sqlite.ts'
import { bulkColumns, conflictClause } from './bulk-columns.ts'
import { sqliteKit } from './kit.ts'
import { makeSchema } from './schema.ts'
import type { Db, Store } from './store.ts'

const STATEMENTS_MAX = 500
const CACHED_SQL_LENGTH_MAX = 4_000

type Execute = (sql: string, parameters: unknown[], method: string) => { rows: unknown[] }

export async function openSqliteStore(path: string, migrationsFolder: string): Promise<Store> {
  const connection = openSqlite(path)
  connection.pragma('journal_mode = WAL')
  connection.pragma('synchronous = FULL')
  connection.pragma('foreign_keys = OFF') // migrations rebuild tables; it cannot be switched inside their transaction
  const prepare = statementCache(connection)
  const execute = executor(prepare)
  const gate = createGate()
  // The one cast: the dialects share verbs and column types.
  const asDb = (database: unknown): Db => database as Db
  const db = asDb(
    drizzle(async (sql, parameters, method) => {
      gate.assertOutside()
      while (gate.closed !== null) await gate.closed
      return execute(sql, parameters, method)
    }),
  )
  const inner = asDb(drizzle(async (sql, parameters, method) => execute(sql, parameters, method)))
  await migrate(
    inner as never,
    async (statements) =>
      connection.transaction(() => statements.forEach((sql) => connection.exec(sql))).immediate(),
    { migrationsFolder },
  )
  connection.pragma('foreign_keys = ON')
  const t = makeSchema(sqliteKit)
  return {
    engine: 'sqlite',
    db,
    t,
    tx: (work) =>
      gate.hold(async () => {
        connection.exec('BEGIN IMMEDIATE')
        try {
          const result = await work(inner)
          connection.exec('COMMIT')
          return result
        } finally {
          if (connection.inTransaction) connection.exec('ROLLBACK')
        }
      }),
    bulk: async (table, rows, { onConflict, db: given }) => {
      if (rows.length === 0) return 0
      const columns = bulkColumns(t[table], rows)
      const sql = `insert into "${getTableName(t[table])}" (${columns.map((column) => column.quotedName).join()}) values (${columns.map(() => '?').join()})${conflictClause(t[table], columns, onConflict)}`
      const statement = prepare(sql)
      const insertAll = (): number =>
        rows.reduce(
          (sum, row) => sum + statement.run(...columns.map((column) => column.valueOf(row))).changes,
          0,
        )
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
      let open = (): void => undefined
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
