import type { DatasetDigest } from '@fleetcast/shared/ids.ts'

/** Snapshots by digest; a write is atomic and durable before it returns, a read refuses bytes that lost their digest. */
export type SnapshotFiles = {
  readonly write: (digest: DatasetDigest, bytes: Uint8Array) => Promise<void>
  /** Throws when there is no such snapshot or its bytes are not what the digest names. */
  readonly read: (digest: DatasetDigest) => Promise<Uint8Array>
}
