/**
 * The hub's database. The state folder remembers where it is: whoever opened another one by mistake would find no device and
 * write a broker a list on which nobody is revoked.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { HubConfig } from '../config/config.ts'
import { NewerDatabaseError } from '../store/assert-not-newer.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'

type StoreLocation = Pick<HubConfig, 'database' | 'stateDir'> & { readonly migrations: string }

/** A database that a newer hub has written is left alone. */
export async function openHubStore({
  database,
  stateDir,
  migrations,
}: StoreLocation): Promise<Result<Store, Refusal<'store/newerDatabase' | 'store/otherDatabase'>>> {
  const remembered = await rememberedDatabase(stateDir)
  if (remembered !== null && remembered !== addressOf(database))
    return refuse(
      'store/otherDatabase',
      `the hub of ${stateDir} keeps its data in ${remembered}, not in ${addressOf(database)}: give it with --database; if you have moved it, remove ${noteIn(stateDir)}`,
    )
  try {
    return ok(await openStore({ database, sqliteFile: join(stateDir, 'hub.db'), migrations }))
  } catch (cause) {
    if (cause instanceof NewerDatabaseError) return refuse('store/newerDatabase', cause.message)
    throw cause
  }
}

/** By the hub, when it has begun to use the database. */
export const rememberDatabase = ({
  database,
  stateDir,
}: Pick<StoreLocation, 'database' | 'stateDir'>): Promise<void> =>
  writeDurably(noteIn(stateDir), `${addressOf(database)}\n`)

const noteIn = (stateDir: string): string => join(stateDir, 'database')

async function rememberedDatabase(stateDir: string): Promise<string | null> {
  try {
    return (await readFile(noteIn(stateDir), 'utf8')).trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw cause
  }
}

/** Host and name of the database, without whatever lets one in. */
function addressOf(database: string): string {
  if (database === 'sqlite') return database
  const { protocol, host, pathname } = new URL(database)
  return `${protocol}//${host}${pathname}`
}
