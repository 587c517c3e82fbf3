/** Frees the disk of bundles, files and half files that nothing on this station needs any more. */
import type { BundleDigest, Sha256 } from '@fleetcast/shared/ids.ts'
import type { BundleFiles } from '../ports/bundle-files.ts'
import type { Store } from '../ports/store.ts'
import { loadOutcomes, removeOutcome } from './bundles-table.ts'
import { readManifest, type BundleFit } from './read-bundle.ts'
import { forgetReleased, loadReleased } from './released-models.ts'

/** The row goes first: a crash in between leaves files without a row, never a row without files. */
export async function collectGarbage(
  { files, store }: { files: BundleFiles; store: Store },
  { needed, fit }: { needed: ReadonlySet<BundleDigest>; fit: BundleFit },
): Promise<void> {
  const known = [...loadOutcomes(store).keys(), ...loadReleased(store).map(({ digest }) => digest)]
  const forgotten = known.filter((digest) => !needed.has(digest))
  if (forgotten.length > 0)
    store.transaction('power', () =>
      forgotten.forEach((digest) => {
        removeOutcome(store, digest)
        forgetReleased(store, digest)
      }),
    )
  const { bundles, blobs, partials } = await files.list()
  const neededFiles = new Set<Sha256>()
  for (const bundle of bundles) {
    if (!needed.has(bundle)) await files.removeManifest(bundle)
    else for (const digest of await layersOf(files, bundle, fit)) neededFiles.add(digest)
  }
  for (const blob of blobs) if (!neededFiles.has(blob)) await files.removeBlob(blob)
  for (const partial of partials) if (!neededFiles.has(partial)) await files.dropPartial(partial)
}

async function layersOf(
  files: BundleFiles,
  bundle: BundleDigest,
  fit: BundleFit,
): Promise<readonly Sha256[]> {
  const manifest = await readManifest(files, bundle, fit)
  return manifest.ok ? manifest.value.layers.map((layer) => layer.digest) : []
}
