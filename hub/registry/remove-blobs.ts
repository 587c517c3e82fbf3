/**
 * Files that neither a version's manifest nor an open import names are removed. The registry's lock keeps registering runs out meanwhile: one that
 * comes after looks once more whether its files are there.
 */
import { Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import { addMs, hours } from '@fleetcast/shared/units.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import type { Clock } from '../ports/clock.ts'
import { lockRegistry } from '../store/queries/aliases.ts'
import { listOpenRuns, listVersions } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { runParameters } from './run-parameters.ts'

export type BlobPorts = { readonly store: Store; readonly blobs: BlobFiles }

/** The files of a manifest. */
export const filesOf = (manifest: unknown): readonly Sha256[] =>
  Manifest.parse(manifest).layers.map(({ digest }) => digest)

/** Removes those of the files that no version and no open run needs any more; returns which they were. */
export const removeUnneeded = (
  { store, blobs }: BlobPorts,
  files: readonly Sha256[],
): Promise<readonly Sha256[]> =>
  store.tx(async (db) => {
    await lockRegistry(db, store)
    const versions = await listVersions({ ...store, db })
    const waiting = (await listOpenRuns({ ...store, db })).flatMap(({ parameters }) => {
      const { imported } = runParameters(parameters)
      return imported === undefined ? [] : [imported.digest]
    })
    const needed = new Set([...waiting, ...versions.flatMap(({ manifest }) => filesOf(manifest))])
    const removed: Sha256[] = []
    for (const file of new Set(files)) if (!needed.has(file) && (await blobs.remove(file))) removed.push(file)
    return removed
  })

/** A run writes its files before its version has a row. */
export const ORPHAN_AGE = hours(24)

export type RemovedOrphans = { readonly files: number; readonly bytes: number }

/** What a crash between row and files left behind: only files that nobody has written for a day. */
export async function removeOrphans(
  ports: BlobPorts & { readonly clock: Pick<Clock, 'now'> },
): Promise<RemovedOrphans> {
  const now = ports.clock.now()
  const old = (await ports.blobs.list()).filter(({ writtenAt }) => addMs(writtenAt, ORPHAN_AGE) <= now)
  const removed = new Set(
    await removeUnneeded(
      ports,
      old.map(({ digest }) => digest),
    ),
  )
  const bytes = old.reduce((sum, blob) => sum + (removed.has(blob.digest) ? blob.bytes : 0), 0)
  return { files: removed.size, bytes }
}
