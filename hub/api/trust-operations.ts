/** What the API needs of the hub's trust. */
import type { BundleDigest, Sha256 } from '@fleetcast/shared/ids.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { PublishedTexts, StagedText } from '../ports/stage-folder.ts'
import type { KeyName } from '../ports/trust-files.ts'
import type { OnlineName, TrustState } from '../signing/trust.ts'
import type { TrustStatus } from './resources/trust.ts'

export type ReleaseRequest = {
  readonly recipe: string
  readonly version: number
  readonly epoch: number
  readonly hardware: readonly string[]
}

/** What the release key says of a digest. */
export type ReleaseState = {
  readonly state: 'released' | 'notReleased' | 'revoked'
  readonly epoch: number | null
  readonly hardware: readonly string[]
  readonly reason: string | null
}

export type TrustOperations = {
  readonly state: () => TrustState
  readonly status: () => TrustStatus
  readonly published: () => PublishedTexts
  /** `1.root.json` of both repositories: what a device pins at enrolment. Null before the ceremony. */
  readonly trustRoots: () => Promise<{ readonly directorRoot: string; readonly imageRoot: string } | null>
  /** Public keys (PEM) that the first roots shall name. */
  readonly onlineKeys: () => Promise<Readonly<Record<OnlineName, string>>>
  readonly newOnlineKey: (name: OnlineName) => Promise<string>
  readonly publish: (files: readonly StagedText[]) => Promise<Result<void, Refusal>>
  readonly publishRelease: (text: string) => Promise<Result<void, Refusal>>
  readonly initDemo: () => Promise<Result<void, Refusal>>
  readonly rotateDemo: (name: KeyName) => Promise<Result<void, Refusal>>
  readonly releaseHere: (request: ReleaseRequest) => Promise<Result<void, Refusal>>
  readonly revokeHere: (path: string, reason: string) => Promise<Result<void, Refusal>>
  readonly releaseState: (digest: BundleDigest) => ReleaseState
  /** A manifest or a file of a bundle, whole. */
  readonly bundleFile: (digest: Sha256) => Promise<Uint8Array | null>
}
