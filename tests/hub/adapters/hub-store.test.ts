import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHubStore, rememberDatabase } from '../../../hub/adapters/hub-store.ts'
import { MIGRATIONS } from '../store/engines.ts'

let stateDir: string
beforeEach(() => void (stateDir = mkdtempSync(join(tmpdir(), 'fleetcast-hub-store-'))))
afterEach(() => rmSync(stateDir, { recursive: true }))

const open = (database: string) => openHubStore({ database, stateDir, migrations: MIGRATIONS })
const POSTGRES = 'postgres://fleet:secret@db.invalid:5432/fleet?sslmode=require'

test('a folder whose hub uses PostgreSQL is not opened with an empty SQLite file', async () => {
  await rememberDatabase({ database: POSTGRES, stateDir })
  const refused = await open('sqlite')
  expect(refused).toMatchObject({ error: { code: 'store/otherDatabase' } })
  expect(JSON.stringify(refused)).toContain('postgres://db.invalid:5432/fleet')
  expect(readFileSync(join(stateDir, 'database'), 'utf8')).not.toContain('secret')
})

test('a folder whose hub uses SQLite is opened with nothing else, and with that as often as one likes', async () => {
  for (let times = 0; times < 2; times++) {
    const opened = await open('sqlite')
    if (!opened.ok) throw new Error(opened.error.message)
    await opened.value.close()
    await rememberDatabase({ database: 'sqlite', stateDir })
  }
  expect(await open(POSTGRES)).toMatchObject({ error: { code: 'store/otherDatabase' } })
})
