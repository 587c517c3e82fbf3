/** A station of the shipped recipe and a bundle for it, with a network of the size that stations run. */
import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { bundleDigestOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { publicKeyToBase64, signEnvelope } from '@fleetcast/shared/crypto/envelope.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { Recipe, windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import type { FleetAuthority } from '../tests/hub/devices/fleet-authority.ts'
import { networkModel } from '../tests/agent/fixtures/onnx-bytes.ts'

export const HIDDEN = [64, 32]

export type BenchBundle = {
  readonly digest: BundleDigest
  readonly manifest: Uint8Array
  readonly blobs: readonly Uint8Array[]
}

export type BenchStation = {
  readonly enrolment: Enrolment
  readonly bundle: BenchBundle
  readonly model: Uint8Array
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

export async function createBenchStation(mqttUrl: string, fleet: FleetAuthority): Promise<BenchStation> {
  const recipe = Recipe.parse(parse(await readFile('hub/recipes/temperature-24h.yaml', 'utf8')))
  const keys = generateKeyPairSync('ed25519')
  const { privateKey, certificate, certificateAuthorities } = await fleet.device('bench-1')
  const random = createRandom(1)
  const channels = windowChannels(recipe).length
  const weight = (): number => random.normal() * 0.01
  const model = networkModel({ steps: recipe.windowSteps, channels, hidden: HIDDEN, weight })
  const enrolment = Enrolment.parse({
    device: 'bench-1',
    site: 'bench',
    latitude: 47,
    longitude: -122,
    mqttUrl,
    hubUrl: 'http://127.0.0.1:1',
    privateKey,
    certificate,
    certificateAuthorities,
    directorRoot: '{}',
    imageRoot: '{}',
    trustedKeys: [publicKeyToBase64(keys.publicKey)],
    recipe,
  })
  const files = bundleFiles(recipe, model)
  const manifest = manifestOf(recipe, files)
  const bundle = {
    digest: bundleDigestOf(manifest),
    manifest: json(signEnvelope(manifest, keys.privateKey)),
    blobs: [...files.values()],
  }
  return { enrolment, bundle, model }
}

function bundleFiles(recipe: Recipe, model: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const { channel, horizonSteps } = recipe.target
  const channels = windowChannels(recipe)
  const window = Buffer.alloc(recipe.windowSteps * channels.length * 4).toString('base64')
  const vectors = [{ windowBase64: window, timeSeconds: 0, expected: 0 }]
  return new Map([
    ['model.onnx', model],
    [
      'signature.json',
      json({
        schema: 'fleetcast/signature/1',
        recipe: recipe.name,
        cadenceMinutes: recipe.cadenceMinutes,
        windowSteps: recipe.windowSteps,
        channels,
        target: { channel, unit: 'C', horizonSteps, min: -1e9, max: 1e9 },
      }),
    ],
    [
      'reference-profile.json',
      json({ schema: 'fleetcast/reference-profile/1', channels: recipe.channels.map(referenceOf) }),
    ],
    [
      'golden.json',
      json({
        schema: 'fleetcast/golden/1',
        windowSteps: recipe.windowSteps,
        channels: channels.length,
        tolerance: 1,
        vectors,
      }),
    ],
  ])
}

const referenceOf = ({ name, unit, min, max }: Recipe['channels'][number]) => ({
  channel: name,
  unit,
  edges: Array.from({ length: 19 }, (_, i) => min + ((max - min) * (i + 1)) / 20),
  counts: Array.from({ length: 20 }, () => 1),
  sums: Array.from({ length: 20 }, () => 0),
  n: 20,
  mean: 0,
  standardDeviation: 1,
  min,
  max,
})

const manifestOf = (recipe: Recipe, files: ReadonlyMap<string, Uint8Array>): Manifest =>
  Manifest.parse({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(json({})), size: 2 },
    layers: [...files].map(([name, bytes]) => ({
      mediaType: 'application/vnd.cncf.model.weight.config.v1.raw',
      digest: sha256(bytes),
      size: bytes.length,
      annotations: { 'org.cncf.model.filepath': name },
    })),
    annotations: {
      'io.fleetcast.recipe': recipe.name,
      'io.fleetcast.version': '1',
      'io.fleetcast.dataset': sha256(json('bench')),
      'io.fleetcast.sites': 'bench',
      'io.fleetcast.dataUntil': '2021-01-01T00:00:00Z',
    },
  })
