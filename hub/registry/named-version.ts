/** A version by the name people use for it. */
import { refuse, ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { findVersion, type VersionRow } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'

/** `temperature-24h@3`. */
export async function namedVersion(
  store: Store,
  name: string,
): Promise<Result<VersionRow, Refusal<'version/notFound'>>> {
  const [, recipe = '', version = ''] = /^([a-z0-9-]+)@(\d{1,9})$/.exec(name) ?? []
  const row = recipe === '' ? undefined : await findVersion(store, recipe, Number(version))
  if (row !== undefined) return ok(row)
  return refuse(
    'version/notFound',
    `no version is named ${name.slice(0, 100)}; write recipe@version, "fleetcast models list" shows them`,
  )
}
