import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { createHarness, eventually, outcomeOf, type Harness } from '../fixtures/station-harness.ts'
import { bytesOf, makeBundle, type BundleOptions, type FakeBundle } from '../fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const model = (bytes: Uint8Array): Partial<BundleOptions> => ({ files: { 'model.onnx': bytes } })

const manifestOf = ({ digest, files }: FakeBundle): Buffer => Buffer.from(files.get(digest)!)
const replaced = (bundle: FakeBundle, from: string, to: string): Buffer => {
  const text = manifestOf(bundle).toString()
  expect(text).toContain(from)
  return Buffer.from(text.replace(from, to))
}
/** The hub serves other bytes under the same name. */
const withManifest = (bundle: FakeBundle, bytes: Uint8Array): FakeBundle => ({
  ...bundle,
  files: new Map([...bundle.files, [bundle.digest, bytes]]),
})
/** The release key signs these bytes. */
const resigned = (bundle: FakeBundle, bytes: Uint8Array): FakeBundle => {
  const digest = BundleDigest.parse(sha256(bytes))
  return {
    digest,
    model: { ...bundle.model, digest, length: bytes.length },
    files: new Map([...bundle.files, [digest, bytes]]),
  }
}
const names = async (folder: string): Promise<readonly string[]> =>
  await readdir(join(harness.folder, 'models', folder))

describe('a bundle is refused', () => {
  test.each<[string, string, Partial<BundleOptions>]>([
    ['selfTest/mismatch', 'whose golden vectors do not come out', { expectedShift: 0.5 }],
    ['selfTest/unloadable', 'whose model is no model', model(Buffer.from('not onnx'))],
    [
      'bundle/malformed',
      'whose signature has a field too many',
      { files: { 'signature.json': bytesOf({ extra: 1 }) } },
    ],
  ])('%s: %s', async (code, _, options) => {
    const station = await harness.open()
    const bundle = makeBundle({ version: 1, offset: 1, ...options })
    harness.hub.offer(bundle)
    harness.hub.order({ generation: 1, champion: bundle.digest })
    expect(await outcomeOf(station, bundle.digest)).toMatchObject({ state: 'rejected', code })
    await eventually(
      () => harness.hub.events(),
      (events) => events.some((event) => event.code === code),
    )
    expect(station.agent.status().servingState).toBe('baseline')
  })

  test.each<[string, string, (bundle: FakeBundle) => FakeBundle]>([
    [
      'manifest/otherBundle',
      'whose manifest is another one of the same length',
      (bundle) =>
        withManifest(bundle, replaced(bundle, '"io.fleetcast.version":"1"', '"io.fleetcast.version":"2"')),
    ],
    [
      'manifest/otherRelease',
      'that the release key calls another version',
      (bundle) => ({ ...bundle, model: { ...bundle.model, version: '7' } }),
    ],
    [
      'manifest/otherRelease',
      'that the release key puts into another line',
      (bundle) => ({ ...bundle, model: { ...bundle.model, line: 'rain-3h' } }),
    ],
    [
      'download/wrongSize',
      'whose manifest has another length than was signed',
      (bundle) => withManifest(bundle, Buffer.concat([manifestOf(bundle), Buffer.from(' ')])),
    ],
    [
      'manifest/malformed',
      'whose manifest is signed but not in its canonical form',
      (bundle) => resigned(bundle, replaced(bundle, '{', '{ ')),
    ],
    [
      'manifest/malformed',
      'whose manifest is signed and names a file outside of the bundle',
      (bundle) => resigned(bundle, replaced(bundle, '"golden.json"', '"../golden.json"')),
    ],
    [
      'manifest/malformed',
      'whose manifest is signed and names a file in capitals',
      (bundle) => resigned(bundle, replaced(bundle, '"golden.json"', '"Golden.json"')),
    ],
  ])('%s: %s; nothing of it is stored', async (code, _, change) => {
    const station = await harness.open({ settings: { downloadAttemptsMax: 1 } })
    const bundle = change(makeBundle({ version: 1, offset: 1 }))
    harness.hub.offer(bundle)
    harness.hub.order({ generation: 1, prefetch: [bundle.digest] })
    expect(await outcomeOf(station, bundle.digest)).toMatchObject({ state: 'rejected', code })
    expect([...(await names('bundles')), ...(await names('blobs')), ...(await names('partial'))]).toEqual([])
  })

  test('bundle/wrongRecipe: made for another window', async () => {
    const station = await harness.open()
    const other = makeBundle({ version: 1, offset: 1 })
    const signature = [...other.files.values()]
      .map((bytes) => new TextDecoder().decode(bytes))
      .find((text) => text.includes('fleetcast/signature/1'))!
    const bundle = makeBundle({
      version: 1,
      offset: 1,
      files: { 'signature.json': Buffer.from(signature.replace('"windowSteps":6', '"windowSteps":7')) },
    })
    harness.hub.offer(bundle)
    harness.hub.order({ generation: 1, champion: bundle.digest })
    expect(await outcomeOf(station, bundle.digest)).toMatchObject({
      code: 'bundle/wrongRecipe',
      message: 'windowSteps is 7, this station needs 6',
    })
  })

  test('download/refused: that the hub does not have, after bounded attempts', async () => {
    const station = await harness.open({ settings: { downloadAttemptsMax: 3 } })
    const bundle = makeBundle({ version: 1, offset: 1 })
    harness.hub.world.release(bundle.model)
    harness.hub.order({ generation: 1, champion: bundle.digest })
    expect(await outcomeOf(station, bundle.digest)).toMatchObject({ code: 'download/refused' })
    expect(harness.hub.requests.length).toBe(3)
  })

  test('download/digestMismatch: whose file was changed on the way', async () => {
    const station = await harness.open({ settings: { downloadAttemptsMax: 2 } })
    const bundle = makeBundle({ version: 1, offset: 1, paddingBytes: 100 })
    const [name, bytes] = [...bundle.files].find(
      ([, file]) => file.includes(0x78) && file.length > 300 && file.at(-1) === 0x78,
    )!
    const changed = Uint8Array.from(bytes)
    changed[changed.length - 1] = 0x79
    harness.hub.offer({ ...bundle, files: new Map([...bundle.files, [name, changed]]) })
    harness.hub.order({ generation: 1, champion: bundle.digest })
    expect(await outcomeOf(station, bundle.digest)).toMatchObject({ code: 'download/digestMismatch' })
  })

  test('and tried again only when a newer order names it', async () => {
    const station = await harness.open()
    const bundle = makeBundle({ version: 1, offset: 1, expectedShift: 1 })
    harness.hub.offer(bundle)
    harness.hub.order({ generation: 1, champion: bundle.digest })
    await outcomeOf(station, bundle.digest)
    const asked = harness.hub.requests.length
    harness.hub.order({ generation: 2, champion: bundle.digest })
    await eventually(
      () => harness.hub.events().filter((event) => event.code === 'selfTest/mismatch'),
      (events) => events.length === 2,
    )
    expect(harness.hub.requests.length).toBe(asked)
  })
})
