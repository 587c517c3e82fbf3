/**
 * The client's workflow of the TUF specification 1.0.34, section 5, over any transport, clock and store. Parsing,
 * canonical form, signatures and thresholds are the library's; each step here names its number and the attack it stops.
 */
import {
  MetadataKind,
  type MetaFile,
  type Metadata,
  type Root,
  type Snapshot,
  type TargetFile,
  type Targets,
  type Timestamp,
} from '@tufjs/models'
import type { EpochMs } from '../units.ts'
import type { MetadataSource, MetadataStore } from './metadata-ports.ts'
import { parseMetadata, verifyBytes, verifySignatures, type Signed } from './parse-metadata.ts'
import { attempt, missing, refuseOlder, refuseOtherVersion } from './refuse-metadata.ts'
import { TrustError } from './trust-error.ts'
import { findTarget, type AskedRole } from './find-target.ts'

export type TufLimits = {
  readonly rootRotations: number
  readonly rootBytes: number
  readonly timestampBytes: number
  readonly snapshotBytes: number
  readonly targetsBytes: number
  readonly delegatedRoles: number
}

const LIMITS: TufLimits = {
  rootRotations: 256,
  rootBytes: 128 * 1024,
  timestampBytes: 16 * 1024,
  snapshotBytes: 1024 * 1024,
  targetsBytes: 4 * 1024 * 1024,
  delegatedRoles: 32,
}

export type TufClientOptions = {
  readonly store: MetadataStore
  readonly source: MetadataSource
  /** The root that enrolment pinned; taken when the store has none, or a damaged one. */
  readonly bootstrapRoot?: Uint8Array
  readonly now: () => EpochMs
  /** A further condition on authentic metadata before they are trusted or stored; throws TrustError to refuse. */
  readonly accept?: (role: string, signed: Signed) => void
  /** The time that an authentic timestamp attests; it takes the clock's place for the rest of the refresh. */
  readonly attestedTime?: (timestamp: Timestamp, root: Root) => EpochMs | null
  /** Called when a new root has other keys for the timestamp: what the old ones attested counts no more. */
  readonly onTimestampKeysChanged?: () => void
  /** False spares the flash a timestamp that says nothing new. */
  readonly isWorthStoring?: (next: Timestamp, stored: Timestamp) => boolean
  readonly limits?: Partial<TufLimits>
}

/** What one refresh has proved to belong together. */
export type Refreshed = {
  readonly root: Metadata<Root>
  readonly timestamp: Metadata<Timestamp>
  readonly snapshot: Metadata<Snapshot>
  readonly targets: Metadata<Targets>
}

export class TufClient {
  private readonly options: TufClientOptions
  private readonly limits: TufLimits
  private now: EpochMs
  private root: Metadata<Root> | null = null
  private refreshed: Refreshed | null = null
  /** Delegated roles of this refresh, as bytes: each delegator verifies them anew. */
  private readonly seen = new Map<string, Uint8Array>()

  constructor(options: TufClientOptions) {
    this.options = options
    this.limits = { ...LIMITS, ...options.limits }
    this.now = options.now()
  }

  /** Steps 5.1 to 5.6; throws TrustError, and what the transport or the store throws. */
  async refresh(): Promise<Refreshed> {
    this.now = this.options.now() // 5.1: one time for the whole run
    this.refreshed = null
    this.seen.clear()
    let root = await this.loadRoot()
    root = this.root = await this.updateRoot(root)
    const timestamp = await this.updateTimestamp(root)
    const snapshot = await this.updateSnapshot(root, timestamp)
    const targets = await this.loadTargets({ role: 'targets', delegator: root }, { root, snapshot })
    return (this.refreshed = { root, timestamp, snapshot, targets })
  }

  /** 5.6.7: the target's length and hashes; undefined when no role that may speak of this path lists it. */
  async target(path: string): Promise<TargetFile | undefined> {
    const trusted = this.refreshed ?? (await this.refresh())
    return await findTarget(path, {
      top: { role: 'targets', delegator: trusted.root },
      rolesMax: this.limits.delegatedRoles,
      load: async (asked) =>
        asked.role === 'targets' ? trusted.targets : await this.loadTargets(asked, trusted),
    })
  }

  /** 5.2: its expiry does not matter yet. A damaged file is replaced by the root the device was enrolled with. */
  private async loadRoot(): Promise<Metadata<Root>> {
    if (this.root !== null) return this.root
    const { store, bootstrapRoot } = this.options
    const open = (bytes: Uint8Array): Metadata<Root> => {
      const root = parseMetadata(MetadataKind.Root, 'root', bytes)
      verifySignatures(root, 'root', root)
      return root
    }
    const stored = await store.read('root')
    if (stored !== null)
      try {
        return open(stored)
      } catch (cause) {
        if (bootstrapRoot === undefined) throw cause
      }
    if (bootstrapRoot === undefined)
      throw new TrustError('trust/missing', 'root', { message: 'there is no trusted root; enrol again' })
    const root = open(bootstrapRoot)
    await store.write('root', bootstrapRoot)
    return root
  }

  /** 5.3: one version after the other, each signed by the old and the new threshold (a stolen root key below it is worth nothing). */
  private async updateRoot(trusted: Metadata<Root>): Promise<Metadata<Root>> {
    let root = trusted
    for (let rotations = 0; rotations < this.limits.rootRotations; rotations++) {
      const version = root.signed.version + 1
      const bytes = await this.fetch(`${version}.root.json`, this.limits.rootBytes) // 5.3.3
      if (bytes === null) break
      const next = parseMetadata(MetadataKind.Root, 'root', bytes)
      verifySignatures(root, 'root', next) // 5.3.4
      verifySignatures(next, 'root', next)
      if (next.signed.version !== version)
        // 5.3.5: rollback
        throw new TrustError('trust/rollback', 'root', {
          message: `version ${next.signed.version} where ${version} was due`,
        })
      this.options.accept?.('root', next.signed)
      await this.storeRoot(root.signed, next.signed, bytes)
      root = next
    }
    // 5.3.10: freeze. With an attested time it is judged after the timestamp has told it; nothing else is trusted before.
    if (this.options.attestedTime === undefined) this.refuseExpired('root', root.signed)
    return root
  }

  /**
   * 5.3.8 and 5.3.11. Recovery from fast-forward: when the keys of timestamp or snapshot change, their versions start anew.
   * The old files go first, so that a power cut before the new root is stored only repeats this.
   */
  private async storeRoot(old: Root, next: Root, bytes: Uint8Array): Promise<void> {
    const { store, onTimestampKeysChanged } = this.options
    const isRotated = (role: string): boolean => keysOf(old, role) !== keysOf(next, role)
    if (isRotated('timestamp')) onTimestampKeysChanged?.()
    if (isRotated('timestamp') || isRotated('snapshot')) {
      await store.remove('timestamp')
      await store.remove('snapshot')
    }
    await store.write('root', bytes)
  }

  /** 5.4 */
  private async updateTimestamp(root: Metadata<Root>): Promise<Metadata<Timestamp>> {
    const { store, accept, attestedTime, isWorthStoring } = this.options
    const stored = await this.trustedFile(MetadataKind.Timestamp, root)
    const bytes = await this.fetch('timestamp.json', this.limits.timestampBytes) // 5.4.1
    if (bytes === null) throw missing('timestamp')
    const next = parseMetadata(MetadataKind.Timestamp, 'timestamp', bytes)
    verifySignatures(root, 'timestamp', next) // 5.4.2: arbitrary software
    accept?.('timestamp', next.signed) // a device's own: cross-device replay
    if (attestedTime !== undefined) {
      this.now = attestedTime(next.signed, root.signed) ?? this.now
      this.refuseExpired('root', root.signed) // 5.3.10, now that the time is known
    }
    if (stored !== null) {
      refuseOlder('timestamp', next.signed.version, stored.signed.version) // 5.4.3.1: rollback
      refuseOlder('timestamp', next.signed.snapshotMeta.version, stored.signed.snapshotMeta.version) // 5.4.3.2
    }
    const isSame = stored?.signed.version === next.signed.version
    const trusted = isSame && stored !== null ? stored : next
    this.refuseExpired('timestamp', trusted.signed) // 5.4.4: freeze
    if (stored === null || (!isSame && (isWorthStoring?.(next.signed, stored.signed) ?? true)))
      await store.write('timestamp', bytes) // 5.4.5
    return trusted
  }

  /** 5.5 */
  private async updateSnapshot(
    root: Metadata<Root>,
    timestamp: Metadata<Timestamp>,
  ): Promise<Metadata<Snapshot>> {
    const { store, accept } = this.options
    const named = timestamp.signed.snapshotMeta
    const stored = await this.trustedFile(MetadataKind.Snapshot, root)
    if (stored?.signed.version === named.version && isExactly(named, await store.read('snapshot'))) {
      this.refuseExpired('snapshot', stored.signed)
      return stored
    }
    const file = this.versioned('snapshot', named.version)
    const bytes = await this.fetch(file, bytesMax(named, this.limits.snapshotBytes)) // 5.5.1
    if (bytes === null) throw missing('snapshot')
    verifyBytes(named, 'snapshot', bytes) // 5.5.2: mix-and-match
    const next = parseMetadata(MetadataKind.Snapshot, 'snapshot', bytes)
    verifySignatures(root, 'snapshot', next) // 5.5.3
    accept?.('snapshot', next.signed)
    refuseOtherVersion('snapshot', next.signed.version, named.version) // 5.5.4
    for (const [name, before] of Object.entries(stored?.signed.meta ?? {})) {
      const now = next.signed.meta[name] // 5.5.5: no role vanishes or goes back
      if (now === undefined)
        throw new TrustError('trust/rollback', 'snapshot', { message: `${name} is no longer listed` })
      refuseOlder(name, now.version, before.version)
    }
    this.refuseExpired('snapshot', next.signed) // 5.5.6
    await store.write('snapshot', bytes) // 5.5.7
    return next
  }

  /** 5.6, for the top-level and for delegated roles; verified against this very delegator, whoever accepted it before. */
  private async loadTargets(
    { role, delegator }: AskedRole,
    { snapshot }: Pick<Refreshed, 'root' | 'snapshot'>,
  ): Promise<Metadata<Targets>> {
    const named = snapshot.signed.meta[`${role}.json`]
    if (named === undefined)
      throw new TrustError('trust/missing', role, { message: 'the snapshot does not list it' })
    const open = (bytes: Uint8Array): Metadata<Targets> => {
      verifyBytes(named, role, bytes) // 5.6.2: mix-and-match
      const targets = parseMetadata(MetadataKind.Targets, role, bytes)
      verifySignatures(delegator, role, targets) // 5.6.3: arbitrary software, delegation confusion
      this.options.accept?.(role, targets.signed)
      refuseOtherVersion(role, targets.signed.version, named.version) // 5.6.4
      this.refuseExpired(role, targets.signed) // 5.6.5
      return targets
    }
    const seen = this.seen.get(role)
    if (seen !== undefined) return open(seen)
    const stored = await this.options.store.read(role)
    const known = stored === null ? null : attempt(() => open(stored))
    if (stored !== null && known !== null) {
      this.seen.set(role, stored)
      return known
    }
    const bytes = await this.fetch(
      this.versioned(role, named.version),
      bytesMax(named, this.limits.targetsBytes),
    ) // 5.6.1
    if (bytes === null) throw missing(role)
    const targets = open(bytes)
    await this.options.store.write(role, bytes) // 5.6.6
    this.seen.set(role, bytes)
    return targets
  }

  /** A stored file that the current root still vouches for; a rotated key or a torn file voids it. */
  private async trustedFile<K extends MetadataKind.Timestamp | MetadataKind.Snapshot>(
    kind: K,
    root: Metadata<Root>,
  ) {
    const bytes = await this.options.store.read(kind)
    if (bytes === null) return null
    return attempt(() => {
      const metadata = parseMetadata(kind, kind, bytes)
      verifySignatures(root, kind, metadata)
      return metadata
    })
  }

  /** Endless data: no role may be longer than its limit, whatever the transport did. */
  private async fetch(file: string, bytesMax: number): Promise<Uint8Array | null> {
    const bytes = await this.options.source.get(file, bytesMax)
    if (bytes !== null && bytes.length > bytesMax)
      throw new TrustError('trust/tooLarge', file, { message: `more than ${bytesMax} bytes` })
    return bytes
  }

  private versioned(role: string, version: number): string {
    const name = `${encodeURIComponent(role)}.json`
    return this.root?.signed.consistentSnapshot === true ? `${version}.${name}` : name
  }

  private refuseExpired(role: string, signed: Signed): void {
    const now = new Date(this.now)
    if (signed.isExpired(now))
      throw new TrustError('trust/expired', role, {
        message: `expired at ${signed.expires}; it is ${now.toISOString()} here`,
      })
  }
}

/** Endless data: a stolen online key can name any length, so the role's own limit stands above it. */
const bytesMax = ({ length }: MetaFile, limit: number): number => Math.min(length ?? limit, limit)

const keysOf = (root: Root, role: string): string => [...(root.roles[role]?.keyIDs ?? [])].sort().join()

const isExactly = (named: Parameters<typeof verifyBytes>[0], bytes: Uint8Array | null): boolean =>
  bytes !== null && attempt(() => (verifyBytes(named, 'snapshot', bytes), true)) === true
