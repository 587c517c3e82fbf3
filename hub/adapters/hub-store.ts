import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { HubConfig } from '../config/config.ts'
import { NewerDatabaseError } from '../store/assert-not-newer.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'

/** A database that a newer hub has written is left alone. */
export async function openHubStore(
  { database }: Pick<HubConfig, 'database'>,
  files: { readonly sqliteFile: string; readonly migrations: string },
): Promise<Result<Store, Refusal<'store/newerDatabase'>>> {
  try {
    return ok(await openStore({ database, ...files }))
  } catch (cause) {
    if (cause instanceof NewerDatabaseError) return refuse('store/newerDatabase', cause.message)
    throw cause
  }
}
