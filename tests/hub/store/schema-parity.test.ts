import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { getTableConfig as postgresConfig } from 'drizzle-orm/pg-core'
import { getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core'
import { describe, expect, test } from 'vitest'
import * as postgres from '../../../hub/store/schema.postgres.ts'
import * as sqlite from '../../../hub/store/schema.sqlite.ts'
import { makeSchema, type Schema } from '../../../hub/store/schema.ts'
import { postgresKit, sqliteKit } from '../../../hub/store/kit.ts'
import { MIGRATIONS } from './engines.ts'

const SQLITE_TYPE: Record<string, string> = {
  text: 'text',
  jsonb: 'text',
  integer: 'integer',
  bigint: 'integer',
  bigserial: 'integer',
  boolean: 'integer',
  'double precision': 'real',
  bytea: 'blob',
}

type Kit = {
  readonly generateDrizzleJson: (schema: object, id: string) => object
  readonly generateMigration: (from: object, to: object) => Promise<string[]>
  readonly generateSQLiteDrizzleJson: (schema: object, id: string) => Promise<object>
  readonly generateSQLiteMigration: (from: object, to: object) => Promise<string[]>
}
const kit = createRequire(import.meta.url)('drizzle-kit/api') as Kit

function newestSnapshot(dialect: string): { readonly id: string } {
  const folder = join(MIGRATIONS, dialect, 'meta')
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('_snapshot.json'))
    .sort()
    .at(-1)!
  return JSON.parse(readFileSync(join(folder, newest), 'utf8')) as { id: string }
}

const named = (columns: readonly object[]) => columns.map((column) => ('name' in column ? column.name : '?'))

const postgresTables = makeSchema(postgresKit)
const sqliteTables = makeSchema(sqliteKit)

describe('both dialects describe the same tables', () => {
  test.each(Object.keys(postgresTables) as (keyof Schema)[])('%s', (name) => {
    const a = postgresConfig(postgresTables[name])
    const b = sqliteConfig(sqliteTables[name] as never)
    expect(b.name).toBe(a.name)
    expect(b.columns.map((c) => [c.name, c.getSQLType(), c.notNull, c.primary])).toEqual(
      a.columns.map((c) => [c.name, SQLITE_TYPE[c.getSQLType()], c.notNull, c.primary]),
    )
    expect(b.indexes.map(({ config }) => [config.name, config.unique, named(config.columns)])).toEqual(
      a.indexes.map(({ config }) => [config.name, config.unique, named(config.columns)]),
    )
    expect(b.primaryKeys.map((key) => named(key.columns))).toEqual(
      a.primaryKeys.map((key) => named(key.columns)),
    )
  })
})

test('the migration generator is shown every table', () => {
  expect(Object.keys(postgres).sort()).toEqual(Object.keys(postgresTables).sort())
  expect(Object.keys(sqlite).sort()).toEqual(Object.keys(sqliteTables).sort())
})

describe('the committed migrations make exactly this schema', () => {
  test('on PostgreSQL', async () => {
    const from = newestSnapshot('postgres')
    expect(await kit.generateMigration(from, kit.generateDrizzleJson(postgres, from.id))).toEqual([])
  })
  test('on SQLite', async () => {
    const from = newestSnapshot('sqlite')
    expect(
      await kit.generateSQLiteMigration(from, await kit.generateSQLiteDrizzleJson(sqlite, from.id)),
    ).toEqual([])
  })
})
