/** PostgreSQL behind the shared query code. Drivers are loaded only when this database is asked for. */
import { getTableName } from 'drizzle-orm'
import type { Pool, PoolClient } from 'pg'
import { assertNotNewer } from './assert-not-newer.ts'
import { bulkColumns, conflictClause } from './bulk-columns.ts'
import { postgresKit } from './kit.ts'
import { makeSchema } from './schema.ts'
import type { Db, Store } from './store.ts'

const CONNECTIONS_MAX = 10
/** Two hubs that start together migrate one after the other. */
const MIGRATION_LOCK = 7001

export async function openPostgresStore(url: string, migrationsFolder: string): Promise<Store> {
  const [{ default: pg }, { drizzle }, { migrate }] = await Promise.all([
    import('pg'),
    import('drizzle-orm/node-postgres'),
    import('drizzle-orm/node-postgres/migrator'),
  ])
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS_MAX })
  let lostConnections = 0
  pool.on('error', () => lostConnections++) // an idle connection was lost; the next query opens another
  try {
    await migrateOnce(pool, async (one) => {
      assertNotNewer(migrationsFolder, 'the PostgreSQL database', await appliedMigration(one))
      await migrate(drizzle({ client: one }), { migrationsFolder })
    })
  } catch (cause) {
    await pool.end()
    throw cause
  }
  const db = drizzle({ client: pool })
  const t = makeSchema(postgresKit)
  return {
    engine: 'postgres',
    db,
    t,
    tx: (work) => db.transaction((transaction) => work(transaction)),
    bulk: async (table, rows, { onConflict, db: given }) => {
      if (rows.length === 0) return 0
      const columns = bulkColumns(t[table], rows)
      const target = `insert into "${getTableName(t[table])}" (${columns.map((column) => column.quotedName).join()})`
      const source = `select * from unnest(${columns.map((column, i) => `$${i + 1}::${column.sqlType}[]`).join()})`
      const text = `${target} ${source}${conflictClause(t[table], columns, onConflict)}`
      const values = columns.map((column) => rows.map((row) => column.valueOf(row)))
      const { rowCount } = await clientOf(given, pool).query(text, values)
      return rowCount ?? 0
    },
    close: () => pool.end(),
  }
}

/** One hub at a time: the lock is the connection's own, so it ends with it whatever happens. */
async function migrateOnce(pool: Pool, migrateOn: (one: PoolClient) => Promise<void>): Promise<void> {
  const one = await pool.connect()
  let isUnlocked = false
  try {
    await one.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await migrateOn(one)
    await one.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    isUnlocked = true
  } finally {
    one.release(!isUnlocked)
  }
}

/** Time of the newest migration that was applied to this database; 0 before the first. */
async function appliedMigration(client: PoolClient): Promise<number> {
  const { rows: found } = await client.query<{ name: string | null }>(
    "select to_regclass('drizzle.__drizzle_migrations')::text as name",
  )
  if (found[0]?.name == null) return 0
  const { rows } = await client.query<{ newest: string | null }>(
    'select max(created_at) as newest from drizzle.__drizzle_migrations',
  )
  return Number(rows[0]?.newest ?? 0)
}

type Client = { readonly query: (text: string, values: unknown[]) => Promise<{ rowCount: number | null }> }

/** The connection a transaction runs on, else any of the pool's. */
function clientOf(db: Db | undefined, pool: Client): Client {
  const session = (db as { readonly session?: { readonly client?: Client } } | undefined)?.session
  return session?.client ?? pool
}
