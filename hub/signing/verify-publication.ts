/**
 * Every publication is first read by the very client that agents run: once as a device that knows what was published before
 * (rollbacks and lost thresholds are refused) and once as a device that has just been enrolled.
 */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { MetadataStore } from '@fleetcast/shared/trust/metadata-ports.ts'
import { customOf, digestOf, ReleasedModel } from '@fleetcast/shared/trust/model-target.ts'
import type { TrustCode } from '@fleetcast/shared/trust/trust-error.ts'
import { TufClient } from '@fleetcast/shared/trust/tuf-client.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { publishedFile, type Publication } from './publication.ts'
import { orRefusal } from './read-staged.ts'
import { signOrder, signOrderTimestamp } from './sign-order.ts'
import type { Signer } from './signer.ts'

export type Candidate = {
  readonly next: Publication
  /** What was published before; null for the first publication. */
  readonly before: Publication | null
  /** The key that will sign orders from now on. */
  readonly director: Signer
  readonly now: EpochMs
}

export const verifyPublication = (candidate: Candidate): Promise<Result<void, Refusal<TrustCode>>> =>
  orRefusal(async () => {
    await verifyImage(candidate)
    await verifyDirector(candidate)
  })

async function verifyImage({ next, before, now }: Candidate): Promise<void> {
  const known = before === null ? [] : [storeOf(before)]
  for (const store of [...known, memoryStore({})]) {
    const client = new TufClient({
      store,
      bootstrapRoot: next.roots.image[0]!,
      source: { get: async (file) => publishedFile(next, 'image', file) },
      now: () => now,
    })
    const { targets } = await client.refresh()
    for (const target of Object.values(targets.signed.targets)) {
      customOf(target, ReleasedModel)
      digestOf(target)
    }
  }
}

/** An order for a device that cannot exist stands for all of them. */
const PROBE = '_probe' as DeviceId

async function verifyDirector({ next, before, director, now }: Candidate): Promise<void> {
  const version = Math.floor(now / 1000)
  const order = await signOrder(director, { device: PROBE, targets: [], version, now })
  const timestamp = await signOrderTimestamp(director, {
    ...{ device: PROBE, version, generation: version, nonce: null, now },
    snapshot: order.snapshot,
  })
  const files = new Map<string, Uint8Array>([
    ['timestamp.json', timestamp],
    [`${version}.snapshot.json`, new TextEncoder().encode(order.snapshot)],
    [`${version}.targets.json`, new TextEncoder().encode(order.targets)],
  ])
  const known = before?.roots.director.at(-1)
  for (const root of known === undefined ? [null] : [known, null])
    await new TufClient({
      store: memoryStore(root === null ? {} : { root }),
      bootstrapRoot: next.roots.director[0]!,
      source: { get: async (file) => files.get(file) ?? publishedFile(next, 'director', file) },
      now: () => now,
    }).refresh()
}

/** What a device that followed every publication keeps. */
const storeOf = ({ roots, targets, snapshot, timestamp }: Publication): MetadataStore =>
  memoryStore({ root: roots.image.at(-1)!, targets, snapshot, timestamp })

function memoryStore(files: Readonly<Record<string, Uint8Array>>): MetadataStore {
  const bytesByRole = new Map(Object.entries(files))
  return {
    read: async (role) => bytesByRole.get(role) ?? null,
    write: async (role, bytes) => void bytesByRole.set(role, bytes),
    remove: async (role) => void bytesByRole.delete(role),
  }
}
