import type { Sha256 } from '@fleetcast/shared/ids.ts'

/** What a run's outcome depends on besides its data: the trainer program, the lock file, Node and the processor. */
export type CodeIdentity = {
  readonly codeDigest: Sha256
  readonly environment: {
    readonly node: string
    readonly architecture: string
    readonly packageLock: Sha256 | null
  }
}
