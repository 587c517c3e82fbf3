import type { Sha256 } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'

export type StoredBlob = { readonly digest: Sha256; readonly bytes: number; readonly writtenAt: EpochMs }

/** Files named by the SHA-256 of their content; a write is atomic and durable before it returns. */
export type BlobFiles = {
  readonly write: (bytes: Uint8Array) => Promise<Sha256>
  readonly has: (digest: Sha256) => Promise<boolean>
  /** A part of a file; null when there is no such file. `bytes` is shorter at the file's end. */
  readonly read: (
    digest: Sha256,
    offset: number,
    length: number,
  ) => Promise<{ readonly fileBytes: number; readonly bytes: Uint8Array } | null>
  readonly list: () => Promise<readonly StoredBlob[]>
  /** False when there was no such file. */
  readonly remove: (digest: Sha256) => Promise<boolean>
}
