/** The one place that knows how a version is named: `recipe@3`, `recipe@candidate`, or the start of its digest. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { findAlias } from '../store/queries/aliases.ts'
import {
  findAnyVersion,
  findByDigestStart,
  findVersionByDigest,
  type VersionRow,
} from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { ALIAS_NAME } from './alias-name.ts'

export type ResolveCode = 'version/notFound' | 'version/deleted' | 'alias/notFound'
type Resolved = Result<VersionRow, Refusal<ResolveCode>>
type Reading = Pick<Store, 'db' | 't'>

export const versionName = ({ recipe, version }: Pick<VersionRow, 'recipe' | 'version'>): string =>
  `${recipe}@${version}`

/** A version that can be used. */
export async function resolveVersion(reading: Reading, id: string): Promise<Resolved> {
  const found = await resolveAnyVersion(reading, id)
  if (!found.ok || found.value.deletedAt === null) return found
  const { deletedAt, deletedBy, deletionReason } = found.value
  const day = new Date(deletedAt).toISOString().slice(0, 10)
  return refuse(
    'version/deleted',
    `${versionName(found.value)} was deleted on ${day} by ${deletedBy}: ${deletionReason}`,
  )
}

/** The same for looking back: a deleted version still has a name. */
export async function resolveAnyVersion(reading: Reading, id: string): Promise<Resolved> {
  const [, recipe = '', label = ''] = /^([^@]{1,63})@(.{1,31})$/.exec(id) ?? []
  if (/^[1-9]\d{0,8}$/.test(label)) return orMissing(await findAnyVersion(reading, recipe, Number(label)), id)
  if (ALIAS_NAME.test(label)) return ofAlias(reading, { recipe, name: label })
  if (!/^[0-9a-f]{6,64}$/.test(id)) return orMissing(undefined, id)
  const found = await findByDigestStart(reading, id)
  return orMissing(found.length === 1 ? found[0] : undefined, id)
}

const orMissing = (row: VersionRow | undefined, id: string): Resolved =>
  row === undefined
    ? refuse(
        'version/notFound',
        `no version, or more than one, is ${id}; write recipe@version, recipe@alias or the start of its digest, as in "fleetcast models list"`,
      )
    : ok(row)

async function ofAlias(
  reading: Reading,
  { recipe, name }: { readonly recipe: string; readonly name: string },
): Promise<Resolved> {
  const alias = await findAlias(reading.db, reading, { recipe, name })
  if (alias !== undefined) return orMissing(await findVersionByDigest(reading, alias.digest), alias.digest)
  return refuse(
    'alias/notFound',
    `${recipe} has no alias ${name}; "fleetcast models aliases list" shows what there is`,
  )
}
