/** What query code may use, on either database. */
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type { Schema } from './schema.ts'

/** The verbs that both dialects share. */
export type Db = Pick<
  PgDatabase<PgQueryResultHKT, Record<string, never>>,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | '$count'
>

export type TableName = keyof Schema
export type NewRow<K extends TableName> = Schema[K]['$inferInsert']

/** What happens to a row whose key exists: `replace` takes the new values, `add` adds them to the stored ones. */
export type OnConflict<K extends TableName> =
  | 'fail'
  | 'ignore'
  | { readonly key: readonly (keyof NewRow<K> & string)[]; readonly merge: 'replace' | 'add' }

export type Store = {
  readonly engine: 'sqlite' | 'postgres'
  readonly db: Db
  /** Tables by name. */
  readonly t: Schema
  /** Runs `work` in one transaction; anything it throws rolls back. Inside, use only the `db` it is given. */
  readonly tx: <T>(work: (db: Db) => Promise<T>) => Promise<T>
  /**
   * Inserts many rows at a fraction of the query builder's cost and returns how many were new. Outside a transaction it is
   * one of its own; inside, give it the transaction's `db`.
   */
  readonly bulk: <K extends TableName>(
    table: K,
    rows: readonly NewRow<K>[],
    options: { readonly onConflict: OnConflict<K>; readonly db?: Db },
  ) => Promise<number>
  readonly close: () => Promise<void>
}
