/**
 * One set of column builders, two dialects. PostgreSQL's types are the canonical ones: its builders have no synchronous
 * methods, so query code written against them runs on both databases.
 */
import * as postgres from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'

type Bytes = { data: Uint8Array; driverData: Uint8Array }

const bytea = postgres.customType<Bytes>({ dataType: () => 'bytea' })
const blob = sqlite.customType<Bytes>({
  dataType: () => 'blob',
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
})

export const postgresKit = {
  table: postgres.pgTable,
  index: postgres.index,
  uniqueIndex: postgres.uniqueIndex,
  primaryKey: postgres.primaryKey,
  text: (name: string) => postgres.text(name),
  choice: <const V extends readonly [string, ...string[]]>(name: string, values: V) =>
    postgres.text(name, { enum: values as unknown as [V[number], ...V[number][]] }),
  json: <T>(name: string) => postgres.jsonb(name).$type<T>(),
  integer: (name: string) => postgres.integer(name),
  /** Milliseconds since 1970. */
  epochMs: (name: string) => postgres.bigint(name, { mode: 'number' }),
  /** A count that may pass 2^31; exact to 2^53. */
  counter: (name: string) => postgres.bigint(name, { mode: 'number' }),
  real: (name: string) => postgres.doublePrecision(name),
  boolean: (name: string) => postgres.boolean(name),
  bytes: (name: string) => bytea(name),
  /** A row number that grows. */
  serial: (name: string) => postgres.bigserial(name, { mode: 'number' }).primaryKey(),
}
export type Kit = typeof postgresKit

export const sqliteKit = {
  table: sqlite.sqliteTable,
  index: sqlite.index,
  uniqueIndex: sqlite.uniqueIndex,
  primaryKey: sqlite.primaryKey,
  text: (name: string) => sqlite.text(name),
  choice: (name: string, values: readonly string[]) =>
    sqlite.text(name, { enum: values as [string, ...string[]] }),
  json: (name: string) => sqlite.text(name, { mode: 'json' }),
  integer: (name: string) => sqlite.integer(name),
  epochMs: (name: string) => sqlite.integer(name),
  counter: (name: string) => sqlite.integer(name),
  real: (name: string) => sqlite.real(name),
  boolean: (name: string) => sqlite.integer(name, { mode: 'boolean' }),
  bytes: (name: string) => blob(name),
  serial: (name: string) => sqlite.integer(name).primaryKey({ autoIncrement: true }),
} as unknown as Kit
