/** The hub's trust folder: keys that it signs with, and the published files of the two repositories. */
import type { Repository } from '@fleetcast/shared/protocol/metadata.ts'

/** In production the hub holds the two online keys only; `root` and `release` lie on it in demo trust. */
export const KEY_NAMES = ['image-online', 'director-online', 'root', 'release'] as const
export type KeyName = (typeof KEY_NAMES)[number]

/** A pending key waits for the root that names it. */
export type KeySlot = 'live' | 'pending'

export type TrustFiles = {
  /** PKCS#8 PEM, or null. */
  readonly readKey: (name: KeyName, slot: KeySlot) => Promise<string | null>
  readonly writeKey: (name: KeyName, slot: KeySlot, pem: string) => Promise<void>
  readonly removeKey: (name: KeyName, slot: KeySlot) => Promise<void>
  readonly read: (repository: Repository, file: string) => Promise<Uint8Array | null>
  /** Whole and durable when it resolves. */
  readonly write: (repository: Repository, file: string, bytes: Uint8Array) => Promise<void>
  readonly remove: (repository: Repository, file: string) => Promise<void>
  readonly list: (repository: Repository) => Promise<readonly string[]>
}
