/** A hub's trust in a folder of its own, with a clock that the test moves, and devices that ask it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import type { MetadataStore } from '@fleetcast/shared/trust/metadata-ports.ts'
import { DeviceTrust } from '@fleetcast/shared/trust/device-trust.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { openTrustFolder } from '../../../hub/adapters/trust-folder.ts'
import type { MetadataFiles } from '../../../hub/desired/director-files.ts'
import type { TrustFiles } from '../../../hub/ports/trust-files.ts'
import { openTrust, type Trust } from '../../../hub/signing/trust.ts'
import type { NewRelease } from '../../../hub/signing/release-list.ts'

export const START = epochMs(Date.parse('2026-06-01T00:00:00Z'))

export type TrustFixture = {
  readonly folder: string
  readonly files: TrustFiles
  readonly clock: { now: () => EpochMs; advance: (ms: number) => void }
  readonly open: () => Promise<Trust>
  readonly remove: () => void
}

export async function trustFixture(): Promise<TrustFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-trust-'))
  const files = await openTrustFolder(join(folder, 'trust'))
  let now = START
  const clock = { now: () => now, advance: (ms: number) => void (now = epochMs(now + ms)) }
  return {
    folder,
    files,
    clock,
    open: () => openTrust({ files, clock }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export const releaseOf = (version: number, over: Partial<NewRelease> = {}): NewRelease => ({
  recipe: 'temperature-24h',
  version,
  digest: BundleDigest.parse(sha256(new TextEncoder().encode(`manifest ${version}`))),
  length: 10 + version,
  epoch: 1,
  hardware: ['*'],
  ...over,
})

export function memoryStore(): MetadataStore {
  const files = new Map<string, Uint8Array>()
  return {
    read: async (role) => files.get(role) ?? null,
    write: async (role, bytes) => void files.set(role, bytes),
    remove: async (role) => void files.delete(role),
  }
}

/** A device as agents run it, without a clock of its own: it asks the hub's files directly. */
export function device(
  id: string,
  {
    files,
    trust,
    asks = id,
  }: { readonly files: MetadataFiles; readonly trust: Trust; readonly asks?: string },
): DeviceTrust {
  const { image, director } = trust.publication()!.roots
  const asked = DeviceId.parse(asks)
  return new DeviceTrust({
    device: DeviceId.parse(id),
    hardware: 'station',
    director: {
      source: (nonce) => ({ get: (file) => files(asked, { repository: 'director', file, nonce }) }),
      store: memoryStore(),
      bootstrapRoot: director[0]!,
    },
    image: {
      source: { get: (file) => files(asked, { repository: 'image', file }) },
      store: memoryStore(),
      bootstrapRoot: image[0]!,
    },
    memory: {
      timeFloor: () => epochMs(0),
      raiseTimeFloor: () => undefined,
      directorKeysChanged: () => undefined,
      epochFloor: () => 0,
    },
    clock: null,
  })
}
