import type { Clock } from '../ports/clock.ts'
import { lockRegistry, listProtections, putProtection, type AliasKey } from '../store/queries/aliases.ts'
import type { Store } from '../store/store.ts'
import { PROTECTED_BY_DEFAULT } from './alias-name.ts'
import { tellAlias } from './move-alias.ts'

/** Which aliases need a second person. */
export async function readProtection(reading: Pick<Store, 'db' | 't'>): Promise<(key: AliasKey) => boolean> {
  const decided = new Map(
    (await listProtections(reading)).map((row) => [`${row.recipe}@${row.name}`, row.isProtected]),
  )
  return ({ recipe, name }) => decided.get(`${recipe}@${name}`) ?? PROTECTED_BY_DEFAULT.includes(name)
}

export type Protection = AliasKey & {
  readonly isProtected: boolean
  readonly by: string
  readonly reason: string
}

/** From now on; requests that are open stay open, and whatever was set stays set. */
export const protectAlias = (
  { store, clock }: { readonly store: Store; readonly clock: Pick<Clock, 'now'> },
  { recipe, name, isProtected, by, reason }: Protection,
): Promise<void> =>
  store.tx(async (db) => {
    await lockRegistry(db, store)
    const at = clock.now()
    await putProtection(db, store, { recipe, name, isProtected, updatedAt: at })
    const code = isProtected ? 'alias/protected' : 'alias/unprotected'
    const said = isProtected ? 'needs a second person' : 'needs no second person any more'
    await tellAlias(db, store, { recipe, name, by, at, code, message: `${said}, says ${by}: ${reason}` })
  })
