import { join } from 'node:path'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqlite } from '@fleetcast/shared/sqlite/open-sqlite.ts'
import { openStore } from '../../../hub/store/open-store.ts'
import { MIGRATIONS } from './engines.ts'

let folder = ''
const open = () =>
  openStore({ database: 'sqlite', sqliteFile: join(folder, 'hub.db'), migrations: MIGRATIONS })
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetcast-sqlite-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a commit survives a power cut: WAL, fully synchronised', async () => {
  const store = await open()
  const pragma = (name: string) =>
    store.db
      .select({ value: sql<unknown>`(select * from ${sql.raw(`pragma_${name}`)})` })
      .from(store.t.cursors)
      .then(([row]) => row?.value)
  await store.db.insert(store.t.cursors).values({ name: 'any', position: 0 })
  const FULL = 2
  expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')]).toEqual([
    'wal',
    FULL,
    1,
  ])
  await store.close()
})

test('50 transactions that read, wait and write count 50', async () => {
  const store = await open()
  await store.db.insert(store.t.cursors).values({ name: 'c', position: 0 })
  await Promise.all(
    Array.from({ length: 50 }, () =>
      store.tx(async (db) => {
        const [row] = await db.select().from(store.t.cursors)
        await new Promise((resolve) => setTimeout(resolve, 0))
        await db.update(store.t.cursors).set({ position: row!.position + 1 })
      }),
    ),
  )
  expect((await store.db.select().from(store.t.cursors))[0]!.position).toBe(50)
  await store.close()
})

test('a second start finds everything and migrates nothing again', async () => {
  const first = await open()
  await first.db.insert(first.t.sites).values({ id: 'sea', latitude: 1, longitude: 2 })
  await first.close()
  const second = await open()
  expect(await second.db.select().from(second.t.sites)).toHaveLength(1)
  await second.close()
})

describe('a database that a newer version has written', () => {
  test('is refused with a sentence that says what to do, and is left as it was', async () => {
    await (await open()).close()
    const connection = openSqlite(join(folder, 'hub.db'))
    const future = Date.UTC(2999, 0, 1)
    const countOf = 'select count(*) as n from __drizzle_migrations'
    connection.prepare("insert into __drizzle_migrations (hash, created_at) values ('x', ?)").run(future)
    const before = connection.prepare(countOf).get()
    connection.close()
    await expect(open()).rejects.toMatchObject({
      code: 'store/newerDatabase',
      message: expect.stringMatching(/written by a newer version of Fleetcast .*2999.*; start that version/),
    })
    const again = openSqlite(join(folder, 'hub.db'), { readonly: true })
    expect(again.prepare(countOf).get()).toEqual(before)
    again.close()
  })
})

describe('inside a transaction', () => {
  test('the outer db, a bulk of its own and a second transaction are refused instead of waiting for ever', async () => {
    const store = await open()
    const row = { id: 'sea', latitude: 1, longitude: 2 }
    const inside = { cause: { message: expect.stringContaining('inside a transaction') } }
    await expect(
      store.tx(async () => await store.db.insert(store.t.sites).values(row)),
    ).rejects.toMatchObject(inside)
    await expect(store.tx(() => store.bulk('sites', [row], { onConflict: 'fail' }))).rejects.toThrow(
      'inside a transaction',
    )
    await expect(store.tx(() => store.tx(async () => 1))).rejects.toThrow('inside a transaction')
    expect(await store.db.select().from(store.t.sites)).toEqual([])
    await store.close()
  })
})
