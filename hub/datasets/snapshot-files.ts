/** Snapshots by digest, as the rest of the hub sees them. */
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { SnapshotBlock } from './content-digest.ts'
import type { SnapshotMetadata } from './snapshot-table.ts'

export type Snapshot = {
  readonly metadata: SnapshotMetadata
  /** Every row in order; throws at the end when the content is not what the digest names, so use nothing before the end. */
  readonly blocks: () => AsyncIterable<SnapshotBlock>
}

export type SnapshotFiles = {
  /** Moves the files of an import into place, durable before it returns; an existing snapshot of the digest stays. */
  readonly adopt: (
    digest: DatasetDigest,
    files: { readonly snapshot: string; readonly aside: string },
  ) => Promise<void>
  /** Opens the snapshot for as long as `work` takes; throws when there is none, or it is damaged. */
  readonly read: <T>(digest: DatasetDigest, work: (snapshot: Snapshot) => Promise<T>) => Promise<T>
}
