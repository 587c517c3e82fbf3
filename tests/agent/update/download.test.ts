import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { FIRST_GENERATION } from '../fixtures/fake-hub.ts'
import {
  createHarness,
  eventually,
  feed,
  outcomeOf,
  statusOf,
  type Harness,
} from '../fixtures/station-harness.ts'
import { makeBundle } from '../fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const names = async (folder: string): Promise<readonly string[]> =>
  await readdir(join(harness.folder, 'models', folder))

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
