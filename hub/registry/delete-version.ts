/**
 * A version that nobody refers to is deleted: its row is marked, so that its number is never used again and lineage can
 * still explain what it predicted, and the files that only it had are removed. A crash in between leaves files without a
 * version, which `removeOrphans` finds.
 */
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { lockRegistry } from '../store/queries/aliases.ts'
import { appendEvents } from '../store/queries/events.ts'
import { markDeleted, type VersionRow } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import type { AliasActor, AliasPorts } from './aliases.ts'
import { filesOf, removeUnneeded, type BlobPorts } from './remove-blobs.ts'
import { resolveVersion, versionName, type ResolveCode } from './resolve-version.ts'
import { versionUses } from './version-uses.ts'

export type DeletePorts = AliasPorts &
  BlobPorts & {
    /** What later stages say of it: rollouts, and the list of releases. Reads by the transaction's own `db`. */
    readonly otherUses: (reading: Store, digest: BundleDigest) => Promise<readonly string[]>
  }

export type Deletion = { readonly id: string; readonly reason: string; readonly actor: AliasActor }
export type DeletedVersion = { readonly recipe: string; readonly version: number; readonly files: number }

const USES_SHOWN = 20

/** `version/inUse` says who refers to it. */
export async function deleteVersion(
  ports: DeletePorts,
  { id, reason, actor }: Deletion,
): Promise<Result<DeletedVersion, Refusal<ResolveCode | 'version/inUse'>>> {
  const { store, clock } = ports
  const marked = await store.tx(async (db) => {
    await lockRegistry(db, store)
    const inside = { ...store, db }
    const found = await resolveVersion(inside, id)
    if (!found.ok) return found
    const { digest } = found.value
    const uses = [
      ...(await versionUses(inside, digest)),
      ...(await ports.otherUses(inside, BundleDigest.parse(digest))),
    ]
    if (uses.length > 0) return refuseInUse(found.value, uses)
    const at = clock.now()
    await markDeleted(db, store, digest, { deletedAt: at, deletedBy: actor.name, deletionReason: reason })
    await appendEvents(db, store, [
      {
        ...{ at, eventTime: null, source: 'operator', subject: versionName(found.value) },
        ...{ code: 'version/deleted', severity: 'warning', message: `deleted by ${actor.name}: ${reason}` },
      },
    ])
    return found
  })
  if (!marked.ok) return marked
  const { recipe, version, manifest } = marked.value
  const removed = await removeUnneeded(ports, filesOf(manifest))
  return ok({ recipe, version, files: removed.length })
}

function refuseInUse(row: VersionRow, uses: readonly string[]): Result<never, Refusal<'version/inUse'>> {
  const more = uses.length > USES_SHOWN ? ` and ${uses.length - USES_SHOWN} more` : ''
  return refuse(
    'version/inUse',
    `${versionName(row)} is still referred to by ${uses.slice(0, USES_SHOWN).join('; ')}${more}`,
  )
}
