/**
 * Uptane 2.1 (full verification) on two ordinary TUF repositories: *image* says what may run (release keys, kept away from
 * the hub), *director* says what this very device shall run now (the hub's online key). A model runs only when both agree.
 */
import { randomBytes } from 'node:crypto'
import type { Root, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models'
import type { BundleDigest, DeviceId } from '../ids.ts'
import { epochMs, type EpochMs } from '../units.ts'
import type { MetadataSource, MetadataStore } from './metadata-ports.ts'
import {
  customOf,
  digestOf,
  OrderedModel,
  ReleasedModel,
  targetPath,
  type OrderRole,
} from './model-target.ts'
import type { Signed } from './parse-metadata.ts'
import { TrustError } from './trust-error.ts'
import { TufClient } from './tuf-client.ts'

/** A repository as a device sees it. */
export type RepositoryPorts = {
  readonly source: MetadataSource
  readonly store: MetadataStore
  readonly bootstrapRoot: Uint8Array
}

/** The director also gets the nonce that its timestamp has to carry. */
export type DirectorPorts = Omit<RepositoryPorts, 'source'> & {
  readonly source: (nonce: string) => MetadataSource
}

/** What a device remembers besides metadata; durable when the call returns. */
export type TrustMemory = {
  /** The latest time that the director has attested, or the build's; the clock never counts as earlier. */
  readonly timeFloor: () => EpochMs
  readonly raiseTimeFloor: (to: EpochMs) => void
  /** Time and order numbers start anew: what a stolen key said of them counts no more (Uptane 2.1, 5.3.2; TUF 5.3.11). */
  readonly directorKeysChanged: () => void
  /** The highest epoch of a line that this device has committed to; 0 for none. */
  readonly epochFloor: (line: string) => number
}

export type DeviceTrustOptions = {
  readonly device: DeviceId
  readonly hardware: string
  readonly director: DirectorPorts
  readonly image: RepositoryPorts
  readonly memory: TrustMemory
  /** The device's own clock; null when it has none to rely on. */
  readonly clock: (() => EpochMs) | null
}

/** One model of an order, as the release key describes it. */
export type Ordered = {
  readonly path: string
  readonly role: OrderRole
  readonly digest: BundleDigest
  /** Bytes of the manifest. */
  readonly length: number
  readonly model: ReleasedModel
}

export type Order = { readonly generation: number; readonly models: readonly Ordered[] }

/** Models of one device are few; its director's files are small. */
const DIRECTOR_LIMITS = { delegatedRoles: 0, targetsBytes: 64 * 1024, snapshotBytes: 16 * 1024 }
/** Versions of the director's timestamp are unix seconds: one a day is stored when nothing else has changed. */
const TIMESTAMP_STORED_EVERY_SECONDS = 86_400

export class DeviceTrust {
  private readonly options: DeviceTrustOptions
  private readonly director: TufClient
  private readonly image: TufClient
  private nonce = ''
  private attested: EpochMs | null = null

  constructor(options: DeviceTrustOptions) {
    this.options = options
    const { director, image } = options
    this.director = new TufClient({
      store: director.store,
      bootstrapRoot: director.bootstrapRoot,
      source: { get: async (file, bytesMax) => await director.source(this.nonce).get(file, bytesMax) },
      now: () => this.localTime(),
      accept: (role, signed) => this.refuseOthers(role, signed),
      attestedTime: (timestamp, root) => this.timeOf(timestamp, root),
      onTimestampKeysChanged: () => options.memory.directorKeysChanged(),
      isWorthStoring: (next, stored) =>
        next.snapshotMeta.version !== stored.snapshotMeta.version ||
        next.version - stored.version >= TIMESTAMP_STORED_EVERY_SECONDS,
      limits: DIRECTOR_LIMITS,
    })
    this.image = new TufClient({
      ...image,
      now: () => this.attested ?? this.localTime(),
      accept: (role, signed) => refuseOtherRoot('image', role, signed),
    })
  }

  /** Asks both repositories; throws TrustError for whatever must not be followed, and what the transport throws. */
  async order(): Promise<Order> {
    this.attested = null
    this.nonce = randomBytes(16).toString('hex')
    const { targets } = await this.director.refresh()
    // Also when the order is the old one: a revocation stands in the image repository alone.
    await this.image.refresh()
    const models: Ordered[] = []
    for (const target of Object.values(targets.signed.targets)) models.push(await this.verified(target))
    return { generation: targets.signed.version, models }
  }

  /** Why a model that is on the device must not be installed any more; null when nothing is said. Needs an order before. */
  async revocation(path: string): Promise<string | null> {
    const target = await this.image.target(path)
    return target === undefined ? null : (customOf(target, ReleasedModel).revoked ?? null)
  }

  /** The device's clock, but never before what was attested earlier. */
  private localTime(): EpochMs {
    return epochMs(Math.max(this.options.memory.timeFloor(), this.options.clock?.() ?? 0))
  }

  /**
   * Every role of the director names its device, and is refused before it is stored: another device's authentic files would
   * push this one's version counters forward.
   */
  private refuseOthers(role: string, signed: Signed): void {
    if (role === 'root') return refuseOtherRoot('director', role, signed)
    if ((signed as Timestamp | Snapshot | Targets).unrecognizedFields['x-device'] !== this.options.device)
      throw new TrustError('trust/wrongDevice', role, { message: 'it is for another device' })
    if (role === 'targets' && (signed as Targets).delegations !== undefined)
      throw new TrustError('trust/badMetadata', role, { message: 'a director delegates to nobody' })
  }

  /**
   * With our nonce the timestamp is fresh, and what it says is the time, whatever the clock says. Without it the statement is
   * authentic but old: it is at least this late, and the clock, if there is one, has to judge the expiry.
   */
  private timeOf({ unrecognizedFields: fields }: Timestamp, root: Root): EpochMs | null {
    const { memory, clock } = this.options
    const text = fields['x-time']
    const at = typeof text === 'string' ? Date.parse(text) : Number.NaN
    if (Number.isNaN(at))
      throw new TrustError('trust/badMetadata', 'timestamp', { message: 'it attests no time' })
    // A hub whose clock was wrong leaves no trace: nothing is attested beyond the life of the root that vouches for it.
    if (root.isExpired(new Date(at)))
      throw new TrustError('trust/expired', 'root', {
        message: `expired at ${root.expires}; the director says it is ${String(text)}`,
      })
    if (at > memory.timeFloor()) memory.raiseTimeFloor(epochMs(at))
    // A stolen hub that attests an earlier time than before does not wake what has expired (Uptane 2.1, 5.3.2).
    if (fields['x-nonce'] === this.nonce) return (this.attested = memory.timeFloor())
    if (clock !== null) return null
    const message = 'it does not answer this question, and there is no clock here to judge its age by'
    throw new TrustError('trust/notFresh', 'timestamp', { message })
  }

  private async verified(ordered: TargetFile): Promise<Ordered> {
    const { path } = ordered
    const released = await this.image.target(path)
    const refuse = (code: ConstructorParameters<typeof TrustError>[0], message: string): TrustError =>
      new TrustError(code, path, { message })
    if (released === undefined) throw refuse('trust/notReleased', 'no release key has signed it')
    const digest = digestOf(released)
    if (released.length !== ordered.length || digest !== digestOf(ordered))
      throw refuse('trust/differs', 'director and image repository name different files')
    const model = customOf(released, ReleasedModel) // the director's word on a model counts nothing
    if (path !== targetPath(model.line, model.version))
      // another line's floor is lower, or is raised by this one
      throw refuse('trust/badTarget', `it is signed as ${model.line}/${model.version}`)
    if (model.revoked !== undefined) throw refuse('trust/revoked', `it is revoked: ${model.revoked}`)
    const { hardware, memory } = this.options
    if (!model.hardware.includes('*') && !model.hardware.includes(hardware))
      throw refuse('trust/wrongHardware', `it runs on ${model.hardware.join(', ')}; this is ${hardware}`)
    const floor = memory.epochFloor(model.line)
    if (model.epoch < floor) throw refuse('trust/belowFloor', `its epoch ${model.epoch} lies below ${floor}`)
    return { path, role: customOf(ordered, OrderedModel).role, digest, length: released.length, model }
  }
}

/**
 * The same people sign the roots of both repositories, so each names its own: else a hub could pass the director's next root
 * off as the image repository's, and its online key would release models.
 */
function refuseOtherRoot(repository: 'director' | 'image', role: string, signed: Signed): void {
  if (role !== 'root') return
  const named = (signed as Root).unrecognizedFields['x-repository']
  if (named !== undefined && named !== repository)
    throw new TrustError('trust/badMetadata', role, {
      message: `it is a root of the ${String(named)} repository`,
    })
}
