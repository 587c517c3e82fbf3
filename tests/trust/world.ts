/** The hub's side of signed metadata, small: an image repository, a director of one device, both with real keys. */
import { createHash } from 'node:crypto'
import { MetaFile, Snapshot, Targets, Timestamp } from '@tufjs/models'
import { assert } from '@fleetcast/shared/assert.ts'
import type { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import {
  encodeMetadataAnswer,
  type MetadataRequest,
  type Repository,
} from '@fleetcast/shared/protocol/metadata.ts'
import type { MetadataSource } from '@fleetcast/shared/trust/metadata-ports.ts'
import type { OrderRole } from '@fleetcast/shared/trust/model-target.ts'
import { signMetadata, SPEC_VERSION, type RoleSigners, type TrustKeys } from './keys.ts'

export type WorldModel = {
  readonly digest: BundleDigest
  /** Bytes of the manifest. */
  readonly length: number
  readonly line: string
  readonly version: string
  readonly epoch?: number
  readonly hardware?: readonly string[]
  readonly revoked?: string
}

export type WorldOrder = Partial<Pick<Desired, 'champion' | 'candidate' | 'prefetch'>> & {
  readonly generation: number
  /** Another length or path than the release key's, per digest. */
  readonly forge?: Partial<{ length: number; path: string; device: string }>
}

type Extra = Readonly<Record<string, string>>
const DAY_MS = 86_400_000
const DAYS = 30

export class TrustWorld {
  private keys: TrustKeys
  readonly device: DeviceId
  private readonly models = new Map<BundleDigest, WorldModel>()
  private readonly files: Record<Repository, Map<string, Uint8Array>> = {
    image: new Map(),
    director: new Map(),
  }
  private versions = { image: 0, snapshot: 0, timestamp: 0 }
  private directorSnapshot: MetaFile | null = null
  private directorDevice: string
  /** The hub's clock. */
  now: () => number = () => Date.now()
  /** Everything that was asked for, in order. */
  readonly asked: string[] = []

  constructor(keys: TrustKeys, device: DeviceId) {
    this.keys = keys
    this.device = device
    this.directorDevice = device
    for (const repository of ['image', 'director'] as const)
      this.put(repository, '1.root.json', new TextEncoder().encode(keys[`${repository}Root`]))
    this.publishImage()
    this.order({ generation: 1 })
  }

  /** Puts models into the image repository, or says something else of them. */
  release(...models: readonly WorldModel[]): void {
    for (const model of models) this.models.set(model.digest, model)
    this.publishImage()
  }

  revoke(digest: BundleDigest, reason: string): void {
    this.release({ ...this.model(digest), revoked: reason })
  }

  /** Takes a model out of the image repository; the director may go on naming it. */
  prune(digest: BundleDigest): void {
    const model = this.model(digest)
    this.models.delete(digest)
    this.publishImage()
    this.models.set(digest, model)
  }

  put(repository: Repository, file: string, bytes: Uint8Array): void {
    this.files[repository].set(file, bytes)
  }

  /** Signs an order; its generation is the version of the director's targets. */
  order({ generation, champion = null, candidate = null, prefetch = [], forge = {} }: WorldOrder): void {
    const named: [BundleDigest | null, OrderRole][] = [
      [champion, 'champion'],
      [candidate, 'candidate'],
      ...prefetch.map((digest): [BundleDigest, OrderRole] => [digest, 'prefetch']),
    ]
    const targets = named.flatMap(([digest, role]) => {
      if (digest === null) return []
      const { line, version, length } = this.model(digest)
      const path = forge.path ?? `${line}/${version}`
      return [
        [path, { length: forge.length ?? length, hashes: { sha256: digest }, custom: { role } }] as const,
      ]
    })
    this.directorDevice = forge.device ?? this.device
    const extra = { 'x-device': this.directorDevice }
    const file = this.publishTargets('director', { version: generation, targets, extra })
    this.directorSnapshot = this.publishSnapshot('director', ++this.versions.snapshot, { file, extra })
  }

  /** Signs everything anew, as a hub does before it expires. */
  renew(order: WorldOrder): void {
    this.publishImage()
    this.order(order)
  }

  /** Signs whatever the director says from now on with other keys; the root that names them is the caller's. */
  rotateDirector(director: RoleSigners): void {
    this.keys = { ...this.keys, director }
    this.order({ generation: 1 })
  }

  get(repository: Repository, file: string, nonce?: string): Uint8Array | null {
    this.asked.push(`${repository}/${file}`)
    if (repository === 'director' && file === 'timestamp.json') return this.directorTimestamp(nonce)
    return this.files[repository].get(file) ?? null
  }

  /** The answer on `dn/metadata`. */
  answer({ request, repository, file, offset, nonce }: MetadataRequest): Uint8Array {
    const bytes = this.get(repository, file, nonce)
    const part =
      bytes === null ? null : { fileBytes: bytes.length, bytes: bytes.subarray(offset, offset + BLOCK_BYTES) }
    return encodeMetadataAnswer({ request, part })
  }

  source(repository: Repository, nonce?: string): MetadataSource {
    return { get: async (file) => await Promise.resolve(this.get(repository, file, nonce)) }
  }

  private model(digest: BundleDigest): WorldModel {
    const model = this.models.get(digest)
    assert(model !== undefined, 'a model is released before it is ordered')
    return model
  }

  private publishImage(): void {
    const version = ++this.versions.image
    const targets = [...this.models.values()].map(
      ({ digest, length, line, version: of, epoch = 1, hardware = ['*'], revoked }) => {
        const custom = { line, version: of, epoch, hardware, ...(revoked === undefined ? {} : { revoked }) }
        return [`${line}/${of}`, { length, hashes: { sha256: digest }, custom }] as const
      },
    )
    const file = this.publishTargets('image', { version, targets, extra: {} })
    const snapshot = this.publishSnapshot('image', version, { file, extra: {} })
    this.put('image', 'timestamp.json', this.timestamp('image', version, { snapshot, extra: {} }))
  }

  private publishTargets(
    repository: Repository,
    {
      version,
      targets,
      extra,
    }: { version: number; targets: readonly (readonly [string, object])[]; extra: Extra },
  ): MetaFile {
    const signed = Targets.fromJSON({
      _type: 'targets',
      spec_version: SPEC_VERSION,
      version,
      expires: this.expires(),
      ...extra,
      targets: Object.fromEntries(targets) as never,
    })
    const bytes = signMetadata(signed, this.keys[repository].targets)
    this.put(repository, `${version}.targets.json`, bytes)
    return metaFile(version, bytes)
  }

  private publishSnapshot(
    repository: Repository,
    version: number,
    { file, extra }: { file: MetaFile; extra: Extra },
  ): MetaFile {
    const base = { specVersion: SPEC_VERSION, expires: this.expires(), version, unrecognizedFields: extra }
    const signed = new Snapshot({ ...base, meta: { 'targets.json': file } })
    const bytes = signMetadata(signed, this.keys[repository].snapshot)
    this.put(repository, `${version}.snapshot.json`, bytes)
    return metaFile(version, bytes)
  }

  private directorTimestamp(nonce: string | undefined): Uint8Array {
    assert(this.directorSnapshot !== null, 'the director has an order from its beginning')
    const extra: Extra = {
      'x-device': this.directorDevice,
      'x-time': new Date(this.now()).toISOString(),
      ...(nonce === undefined ? {} : { 'x-nonce': nonce }),
    }
    return this.timestamp('director', ++this.versions.timestamp, { snapshot: this.directorSnapshot, extra })
  }

  private timestamp(
    repository: Repository,
    version: number,
    { snapshot, extra }: { snapshot: MetaFile; extra: Extra },
  ): Uint8Array {
    const base = { specVersion: SPEC_VERSION, expires: this.expires(), version, unrecognizedFields: extra }
    return signMetadata(new Timestamp({ ...base, snapshotMeta: snapshot }), this.keys[repository].timestamp)
  }

  private expires(): string {
    return new Date(this.now() + DAYS * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z')
  }
}

const metaFile = (version: number, bytes: Uint8Array): MetaFile =>
  new MetaFile({
    version,
    length: bytes.length,
    hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
  })
