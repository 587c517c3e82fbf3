/**
 * What devices may download: the manifest's canonical bytes under the bundle's digest, every file under its own. Manifests
 * come from the store, files from the blob folder; who may run them, signed metadata say.
 */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import { findVersionByDigest } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'

export type BundleSource = Pick<BlobFiles, 'read'>

export function createBundleSource({
  store,
  blobs,
}: {
  readonly store: Store
  readonly blobs: BlobFiles
}): BundleSource {
  const manifestByDigest = new Map<Sha256, Uint8Array>()
  const manifestOf = async (digest: Sha256): Promise<Uint8Array | null> => {
    const known = manifestByDigest.get(digest)
    if (known !== undefined) return known
    const version = await findVersionByDigest(store, digest)
    if (version === undefined) return null
    const bytes = canonicalJson(version.manifest)
    manifestByDigest.set(digest, bytes)
    return bytes
  }
  return {
    read: async (digest, offset, length) => {
      const blob = await blobs.read(digest, offset, length)
      if (blob !== null) return blob
      const manifest = await manifestOf(digest)
      return manifest === null
        ? null
        : { fileBytes: manifest.length, bytes: manifest.subarray(offset, offset + length) }
    },
  }
}
