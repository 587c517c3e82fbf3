import { readProtection } from '../../registry/protect-alias.ts'
import type { AliasRequestRow } from '../../store/queries/alias-requests.ts'
import { listAliases, type AliasEntry } from '../../store/queries/aliases.ts'
import { listVersionNames } from '../../store/queries/runs-and-versions.ts'
import type { Store } from '../../store/store.ts'
import type { AliasEntryResource, AliasRequestResource, AliasResource } from '../resources/alias.ts'

/** Every alias of a recipe, by name. */
export async function aliasesView(store: Store, recipe: string): Promise<AliasResource[]> {
  const [aliases, pointed, isProtected] = await Promise.all([
    listAliases(store),
    readPointed(store),
    readProtection(store),
  ])
  return aliases
    .filter((alias) => alias.recipe === recipe)
    .map((alias) => ({
      ...alias,
      version: pointed(alias.digest)?.version ?? 0,
      isProtected: isProtected(alias),
    }))
}

export async function historyView(
  store: Store,
  entries: readonly AliasEntry[],
): Promise<AliasEntryResource[]> {
  const pointed = await readPointed(store)
  return entries.map(({ id: _id, fromDigest, toDigest, ...entry }) => ({
    ...entry,
    from: pointed(fromDigest),
    to: pointed(toDigest),
  }))
}

export async function requestsView(
  store: Store,
  requests: readonly AliasRequestRow[],
): Promise<AliasRequestResource[]> {
  const pointed = await readPointed(store)
  return requests.map(({ toDigest, ...request }) => ({ ...request, to: pointed(toDigest) }))
}

/** A digest with its version's number, deleted or not. */
async function readPointed(store: Store): Promise<(digest: string | null) => AliasEntryResource['to']> {
  const names = new Map((await listVersionNames(store)).map((row) => [row.digest, row.version]))
  return (digest) => (digest === null ? null : { digest, version: names.get(digest) ?? 0 })
}
