import { fileOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import { findVersionByDigest } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'

/** The training data's profile that a bundle carries; null for a bundle the hub does not know. */
export async function readReferenceProfile(
  { store, blobs }: { readonly store: Store; readonly blobs: BlobFiles },
  digest: BundleDigest,
): Promise<ReferenceProfile | null> {
  const version = await findVersionByDigest(store, digest)
  if (version === undefined) return null
  const file = fileOf(Manifest.parse(version.manifest), 'reference-profile.json')
  const blob = file === undefined ? null : await blobs.read(file.digest, 0, file.size)
  return blob === null ? null : ReferenceProfile.parse(JSON.parse(new TextDecoder().decode(blob.bytes)))
}
