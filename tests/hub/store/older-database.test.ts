/** A database of the version before signed metadata is taken over. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqlite } from '@fleetcast/shared/sqlite/open-sqlite.ts'
import { openStore } from '../../../hub/store/open-store.ts'
import { MIGRATIONS } from './engines.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'fleetcast-older-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const open = (migrations: string) =>
  openStore({ database: 'sqlite', sqliteFile: join(folder, 'hub.db'), migrations })

/** The migrations as they were before the third. */
function olderMigrations(): string {
  const older = join(folder, 'migrations')
  cpSync(MIGRATIONS, older, { recursive: true })
  const file = join(older, 'sqlite', 'meta', '_journal.json')
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: { idx: number }[] }
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.filter(({ idx }) => idx < 3) }))
  return older
}

test('manifests lose their envelope, stations with a password join anew, nothing else is lost', async () => {
  await (await open(olderMigrations())).close()
  const database = openSqlite(join(folder, 'hub.db'))
  const manifest = { schemaVersion: 2, layers: [{ size: 3 }] }
  const envelope = JSON.stringify({ signed: manifest, signatures: [{ keyId: 'k' }] })
  database
    .prepare("insert into versions values ('temperature-24h', 1, 'd', ?, '{}', 'run-1', 5)")
    .run(envelope)
  database
    .prepare(
      "insert into devices (id, site, latitude, longitude, created_at, enrolled_at, password_hash) values ('sea', 'sea', 47, -122, 1, 2, 'h')",
    )
    .run()
  database.close()
  const store = await open(MIGRATIONS)
  expect(await store.db.select().from(store.t.versions)).toMatchObject([
    { recipe: 'temperature-24h', version: 1, digest: 'd', manifest },
  ])
  expect(await store.db.select().from(store.t.devices)).toMatchObject([
    { id: 'sea', latitude: 47, enrolledAt: null, publicKey: null },
  ])
  await store.close()
})
