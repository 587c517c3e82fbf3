import { fileOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import type { VersionRow } from '../store/queries/runs-and-versions.ts'
import { StoredLock } from './train-lock.ts'

/** The lock that a version carries; null when its file is gone. */
export async function readLock(
  { blobs }: { readonly blobs: BlobFiles },
  version: Pick<VersionRow, 'manifest'>,
): Promise<StoredLock | null> {
  const file = fileOf(Manifest.parse(version.manifest), 'train.lock')
  const blob = file === undefined ? null : await blobs.read(file.digest, 0, file.size)
  return blob === null ? null : StoredLock.parse(JSON.parse(new TextDecoder().decode(blob.bytes)))
}
