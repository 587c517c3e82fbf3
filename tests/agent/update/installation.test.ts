import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { BundleStatus } from '@fleetcast/shared/protocol/telemetry.ts'
import { FIRST_GENERATION } from '../fixtures/fake-hub.ts'
import {
  createHarness,
  eventually,
  feed,
  type Harness,
  type RunningStation,
} from '../fixtures/station-harness.ts'
import { bytesOf, makeBundle, type BundleOptions, type FakeBundle } from '../fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const statusOf = ({ agent }: RunningStation, digest: BundleDigest): BundleStatus | undefined =>
  agent.status().bundles.find((bundle) => bundle.digest === digest)

async function outcomeOf(station: RunningStation, digest: BundleDigest): Promise<BundleStatus> {
  const status = await eventually(
    () => statusOf(station, digest),
    (bundle) => bundle?.state === 'installed' || bundle?.state === 'rejected',
  )
  return status!
}

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

describe('a download', () => {
  const large = makeBundle({ version: 1, offset: 1, paddingBytes: 1_000_000 })

  test('goes on from the half file after a restart', async () => {
    const before = await harness.open()
    harness.hub.offer(large)
    harness.hub.onRequest = ({ from }) => from < 8
    harness.hub.order({ generation: 1, champion: large.digest })
    await eventually(() => harness.hub.requests.some(({ from }) => from === 8), Boolean)
    before.kill()
    const [half] = await names('partial')
    expect((await readFile(join(harness.folder, 'models', 'partial', half!))).length).toBe(8 * 65_536)

    // The power went in the middle of a block.
    await appendFile(join(harness.folder, 'models', 'partial', half!), 'half a block')

    harness.hub.requests.length = 0
    harness.hub.onRequest = () => true
    const station = await harness.open()
    expect(await outcomeOf(station, large.digest)).toMatchObject({ state: 'installed', progress: 1 })
    expect(harness.hub.requests.filter(({ digest }) => digest === half).map(({ from }) => from)).toEqual([
      8, 12,
    ])
  })

  test('asks again for exactly the blocks that were lost', async () => {
    let isLost = true
    harness.hub.onRequest = ({ from }) => {
      if (from !== 4 || !isLost) return true
      isLost = false
      return false
    }
    const station = await harness.open()
    harness.hub.offer(large)
    harness.hub.order({ generation: 1, champion: large.digest })
    expect(await outcomeOf(station, large.digest)).toMatchObject({ state: 'installed' })
    expect(harness.hub.requests.filter(({ from }) => from === 4).length).toBe(2)
  })

  test('takes nothing twice: files that another bundle brought are there', async () => {
    const station = await harness.open()
    const second = makeBundle({ version: 2, offset: 1, paddingBytes: 1_000_000 })
    harness.hub.offer(large, second)
    harness.hub.order({ generation: 1, champion: large.digest })
    await outcomeOf(station, large.digest)
    harness.hub.requests.length = 0
    harness.hub.order({ generation: 2, champion: large.digest, prefetch: [second.digest] })
    await outcomeOf(station, second.digest)
    expect(harness.hub.requests.map(({ digest }) => digest)).toEqual([second.digest])
  })

  test('of a version that differs in its card alone brings the card and the manifest alone', async () => {
    const station = await harness.open()
    const [first, second] = ['first', 'second'].map((card, i) =>
      makeBundle({ version: i + 1, offset: 1, paddingBytes: 100_000, card }),
    )
    harness.hub.offer(first!, second!)
    harness.hub.order({ generation: 1, champion: first!.digest })
    await outcomeOf(station, first!.digest)
    harness.hub.requests.length = 0
    harness.hub.order({ generation: 2, champion: second!.digest })
    await outcomeOf(station, second!.digest)
    const card = sha256(Buffer.from('second'))
    expect(harness.hub.requests.map(({ digest }) => digest)).toEqual([second!.digest, card])
  })

  test('download/tooSlow: below the minimum rate, and a newer order goes on from the half file', async () => {
    const limits = { rateWindowMs: 10, bytesPerSecondMin: 1_000_000_000, downloadAttemptsMax: 2 }
    const slow = await harness.open({ settings: limits })
    harness.hub.offer(large)
    // Every answer takes its time; the first ones come before the window is full.
    harness.hub.onRequest = (request) => {
      if (request.from < 4) return true
      setTimeout(() => harness.hub.answer(request), 20)
      return false
    }
    harness.hub.order({ generation: 1, champion: large.digest })
    expect(await outcomeOf(slow, large.digest)).toMatchObject({ state: 'rejected', code: 'download/tooSlow' })
    const [half] = await names('partial')
    const { length } = await readFile(join(harness.folder, 'models', 'partial', half!))
    slow.kill()

    harness.hub.requests.length = 0
    harness.hub.onRequest = () => true
    const station = await harness.open()
    harness.hub.order({ generation: 2, champion: large.digest })
    await eventually(
      () => statusOf(station, large.digest)?.state,
      (state) => state === 'installed',
    )
    expect(harness.hub.requests.find(({ digest }) => digest === half)?.from).toBe(length / 65_536)
  })

  test('waits for a silent hub without giving up', async () => {
    harness.hub.onRequest = () => false
    const station = await harness.open({ settings: { requestTimeoutMs: 10, downloadAttemptsMax: 1 } })
    harness.hub.offer(large)
    harness.hub.order({ generation: 1, champion: large.digest })
    await eventually(
      () => harness.hub.requests.length,
      (requests) => requests > 10,
    )
    harness.hub.onRequest = () => true
    expect(await outcomeOf(station, large.digest)).toMatchObject({ state: 'installed' })
  })

  test('gives way to a newer order at once', async () => {
    const other = makeBundle({ version: 2, offset: 3 })
    const station = await harness.open({ settings: { requestTimeoutMs: 60_000 } })
    harness.hub.offer(large, other)
    harness.hub.onRequest = ({ from }) => from === 0
    harness.hub.order({ generation: 1, champion: large.digest })
    await eventually(() => harness.hub.requests.some(({ from }) => from === 4), Boolean)
    harness.hub.order({ generation: 2, champion: other.digest })
    expect(await outcomeOf(station, other.digest)).toMatchObject({ state: 'installed' })
  })
})

/** One bit falls over; the length stays. */
async function decay(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(path, bytes)
}

describe('files on disk', () => {
  test('that decayed are fetched again before they serve', async () => {
    const before = await harness.open()
    const bundle = makeBundle({ version: 1, offset: 1 })
    harness.hub.offer(bundle)
    harness.hub.order({ generation: 1, prefetch: [bundle.digest] })
    await outcomeOf(before, bundle.digest)
    await before.agent.stop()
    for (const name of await names('blobs')) await decay(join(harness.folder, 'models', 'blobs', name))

    const station = await harness.open()
    harness.hub.requests.length = 0
    harness.hub.order({ generation: 2, champion: bundle.digest })
    await eventually(
      () => [harness.hub.requests.length, station.agent.status()] as const,
      ([requests, status]) =>
        requests === 4 && status.bundles[0]?.state === 'installed' && status.servingState === 'trial',
    )
    for (const name of await names('blobs'))
      expect(sha256(await readFile(join(harness.folder, 'models', 'blobs', name)))).toBe(name)
  })

  test('that nothing needs any more are removed; what served before stays', async () => {
    const station = await harness.open()
    const [first, second, third] = [1, 2, 3].map((version) => makeBundle({ version, offset: version }))
    harness.hub.offer(first!, second!, third!)
    for (const [i, bundle] of [first!, second!, third!].entries()) {
      harness.hub.order({ generation: i + 1, champion: bundle.digest })
      await eventually(
        () => station.agent.status().serving,
        (serving) => serving === bundle.digest,
      )
      await feed(station.agent, i * 5, i * 5 + 5)
      await eventually(
        () => station.agent.status().servingState,
        (state) => state === 'committed',
      )
    }
    harness.hub.order({ generation: 4, champion: third!.digest })
    await eventually(
      () => station.agent.status().generation,
      (generation) => generation === 4 + FIRST_GENERATION,
    )
    await eventually(
      () => harness.hub.status()?.generation,
      (generation) => generation === 4 + FIRST_GENERATION,
    )
    // The order is applied first; what nothing needs any more is removed after it.
    await expect
      .poll(async () => [...(await names('bundles'))].sort(), { timeout: 10_000 })
      .toEqual([second!.digest, third!.digest].sort())
    await rm(join(harness.folder, 'models', 'partial'), { recursive: true })
  })
})
