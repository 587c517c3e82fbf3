import type { BundleDigest, Sha256 } from '@fleetcast/shared/ids.ts'

/** Everything that lies in the bundle folder. */
export type BundleFolderList = {
  readonly bundles: readonly BundleDigest[]
  readonly blobs: readonly Sha256[]
  readonly partials: readonly Sha256[]
}

/** The folder of bundles: files by digest, manifests by bundle, half files while they come in. Writes are durable when they return. */
export type BundleFiles = {
  readonly hasBlob: (digest: Sha256, bytes: number) => Promise<boolean>
  readonly readBlob: (digest: Sha256) => Promise<Uint8Array | null>
  readonly removeBlob: (digest: Sha256) => Promise<void>
  /** Bytes of the half file on disk, 0 when there is none. */
  readonly partialBytes: (digest: Sha256) => Promise<number>
  /** Cuts the half file at `offset` and appends. */
  readonly appendPartial: (digest: Sha256, offset: number, bytes: Uint8Array) => Promise<void>
  readonly readPartial: (digest: Sha256) => Promise<Uint8Array>
  /** The half file becomes a blob. */
  readonly finishPartial: (digest: Sha256) => Promise<void>
  readonly dropPartial: (digest: Sha256) => Promise<void>
  readonly readManifest: (bundle: BundleDigest) => Promise<Uint8Array | null>
  readonly writeManifest: (bundle: BundleDigest, bytes: Uint8Array) => Promise<void>
  readonly removeManifest: (bundle: BundleDigest) => Promise<void>
  readonly list: () => Promise<BundleFolderList>
}
