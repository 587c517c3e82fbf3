/** A bundle with a model of 20 MB, pulled block by block over MQTT with mutual TLS, verified and stored. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBundleFolder } from '@fleetcast/agent/adapters/bundle-folder.ts'
import { systemClock } from '@fleetcast/agent/adapters/system-clock.ts'
import { downloadBundle } from '@fleetcast/agent/update/download-bundle.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { bundleDigestOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { FleetAuthority } from '../tests/hub/devices/fleet-authority.ts'
import { createBenchStation } from './bench-station.ts'
import { median, NOTHING, openBenchHub, openStation, settings } from './trust-fleet.ts'

export const MODEL_MB = 20
export const DOWNLOADS = 5

/** Megabytes a second, median of the downloads. */
export async function measureBundle(authority: FleetAuthority): Promise<number> {
  const { manifest, released, blobs } = await largeBundle(authority)
  const hub = await openBenchHub(authority, {
    ...NOTHING,
    blobs: {
      read: async (digest, offset, length) => {
        const bytes = blobs.get(digest)
        return bytes === undefined
          ? null
          : { fileBytes: bytes.length, bytes: bytes.subarray(offset, offset + length) }
      },
    },
  })
  const station = await openStation(authority, hub.broker.port)
  const folder = await mkdtemp(join(tmpdir(), 'fleetcast-bench-'))
  const rates: number[] = []
  try {
    for (let n = 0; n < DOWNLOADS; n++) {
      const files = await openBundleFolder(join(folder, String(n)))
      const download = {
        ...{ files, clock: systemClock, settings, source: station.blocks },
        released: () => released,
        onProgress: () => {},
      }
      const startedAt = performance.now()
      const outcome = await downloadBundle(download, released.digest, station.signal)
      assert(outcome.ok, 'the bundle is whole')
      const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0)
      rates.push(bytes / 1_000 / (performance.now() - startedAt))
    }
    return median(rates)
  } finally {
    await station.close()
    await hub.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The benchmarks' bundle with noise in the place of its network. */
async function largeBundle(authority: FleetAuthority) {
  const { bundle } = await createBenchStation('mqtts://127.0.0.1:1', authority)
  const random = createRandom(2)
  const model = Buffer.alloc(MODEL_MB * 1_000_000)
  for (let at = 0; at + 4 <= model.length; at += 4) model.writeUInt32LE(random.integer(0xffff_ffff), at)
  const small = Manifest.parse(JSON.parse(Buffer.from(bundle.manifest).toString()))
  const manifest = Manifest.parse({
    ...small,
    layers: small.layers.map((layer) =>
      layer.annotations['org.cncf.model.filepath'] === 'model.onnx'
        ? { ...layer, digest: sha256(model), size: model.length }
        : layer,
    ),
  })
  const bytes = canonicalJson(manifest)
  const digest = bundleDigestOf(manifest)
  const { line, version } = bundle.model
  const released = {
    digest,
    path: `${line}/${version}`,
    line,
    version,
    epoch: 1,
    bytes: bytes.length,
    revoked: null,
  }
  const blobs = new Map<string, Uint8Array>([[digest, bytes]])
  for (const blob of [model, ...bundle.blobs]) blobs.set(sha256(blob), blob)
  return { manifest, released, blobs }
}
