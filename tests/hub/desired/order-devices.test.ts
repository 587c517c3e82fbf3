import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeviceId, type BundleDigest } from '@fleetcast/shared/ids.ts'
import { WantHint } from '@fleetcast/shared/protocol/desired.ts'
import { WANT_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { ok } from '@fleetcast/shared/result.ts'
import { DAY_MS } from '@fleetcast/shared/units.ts'
import { createMetadataFiles, renewOrders, type MetadataFiles } from '../../../hub/desired/director-files.ts'
import { encodeHint, orderableOnly, signOrders } from '../../../hub/desired/order-devices.ts'
import { initDemo, releaseHere, rotateDemo } from '../../../hub/signing/demo-trust.ts'
import { targetsOf } from '../../../hub/signing/publication.ts'
import { orderableTargets, withReleases, withRevocation } from '../../../hub/signing/release-list.ts'
import type { Trust } from '../../../hub/signing/trust.ts'
import { findOrder, listOrders, putOrder } from '../../../hub/store/queries/orders.ts'
import { device, releaseOf, START, trustFixture, type TrustFixture } from '../signing/trust-fixture.ts'
import { temporaryStore } from '../temporary-store.ts'

const sea = DeviceId.parse('sea')
const digest = (version: number): BundleDigest => releaseOf(version).digest
const order = { device: sea, champion: digest(1), candidate: digest(2), prefetch: [digest(3)] }

let opened: Awaited<ReturnType<typeof temporaryStore>>
let fixture: TrustFixture
let trust: Trust
let files: MetadataFiles

beforeEach(async () => {
  opened = await temporaryStore()
  fixture = await trustFixture()
  trust = await fixture.open()
  expect(await initDemo(trust, fixture)).toMatchObject({ ok: true })
  const releases = [1, 2, 3].map((version) => releaseOf(version))
  await releaseHere(trust, fixture, (before, now) => ok(withReleases(before, releases, now)))
  files = createMetadataFiles({ store: opened.store, trust, clock: fixture.clock })
})
afterEach(async () => {
  fixture.remove()
  await opened.remove()
})

async function sign(
  orders: readonly (typeof order | (Omit<typeof order, 'candidate'> & { candidate: null }))[],
) {
  const director = trust.director()
  if (!director.ok) throw new Error('no director')
  const targets = orderableTargets(targetsOf(trust.publication()!).signed)
  const stored = new Map((await listOrders(opened.store)).map((row) => [row.device, row]))
  return signOrders({ director: director.value, targets, now: fixture.clock.now() }, orders, stored)
}

async function give(orders: Parameters<typeof sign>[0]) {
  const signed = await sign(orders)
  for (const row of signed.orders) await putOrder(opened.store.db, opened.store, row)
  return signed
}

describe('an order', () => {
  test('is what the device reads with the agents client: generation, roles and digests', async () => {
    await give([order])
    const read = await device('sea', { files, trust }).order()
    expect(read.generation).toBe(START / 1000)
    expect(read.models.map(({ role, digest: named }) => [role, named])).toEqual([
      ['champion', digest(1)],
      ['candidate', digest(2)],
      ['prefetch', digest(3)],
    ])
  })
  test('gets a higher generation than the one before, also within the same second', async () => {
    const [first] = (await give([order])).orders
    const [second] = (await give([{ ...order, candidate: null }])).orders
    expect(second!.generation).toBe(first!.generation + 1)
    const stored = await findOrder(opened.store, 'sea')
    expect(stored).toMatchObject({ generation: second!.generation, order: { candidate: null } })
  })
  test('that says nothing new is not made', async () => {
    await give([order])
    expect(await sign([order])).toEqual({ orders: [], refused: [] })
  })
  test('that names a model nobody has released is not made', async () => {
    const signed = await give([{ ...order, candidate: digest(9) }])
    expect(signed).toEqual({ orders: [], refused: ['sea'] })
  })
  test('that names a revoked model is not made', async () => {
    await releaseHere(trust, fixture, (before, now) =>
      withRevocation(before, { path: 'temperature-24h/2', reason: 'drifts', now }),
    )
    expect(await give([order])).toEqual({ orders: [], refused: ['sea'] })
  })
  test('that was never given says that there is nothing to run', async () => {
    const read = await device('new-1', { files, trust }).order()
    expect(read.models).toEqual([])
    expect(read.generation).toBeGreaterThan(0)
  })
  test('of another device is refused', async () => {
    await give([order])
    await expect(device('oak', { files, trust, asks: 'sea' }).order()).rejects.toMatchObject({
      code: 'trust/wrongDevice',
    })
  })
})

describe('a hub that is taken', () => {
  test('cannot pass the next root of the director off as one of the image repository', async () => {
    const seen = (over: MetadataFiles) => device('sea', { files: over, trust }).order()
    expect(await rotateDemo(trust, fixture, 'director-online')).toMatchObject({ ok: true })
    await expect(seen(files)).resolves.toMatchObject({ models: [] })
    // Signed by the people's own root keys, with the right version: only its name tells it from the image repository's.
    const swapped: MetadataFiles = (id, asked) =>
      files(id, asked.file === '2.root.json' ? { ...asked, repository: 'director' } : asked)
    await expect(seen(swapped)).rejects.toMatchObject({ code: 'trust/badMetadata', role: 'root' })
  })
})

describe('the hint', () => {
  test('is a generation and fits its message', () => {
    const bytes = encodeHint({ generation: 1_790_000_000 })
    expect(WantHint.parse(JSON.parse(new TextDecoder().decode(bytes)))).toEqual({ generation: 1_790_000_000 })
    expect(bytes.length).toBeLessThan(WANT_BYTES_MAX)
  })
})

describe('orders are signed anew', () => {
  test('when less than half of their life is left, with the same content and a new generation', async () => {
    await give([order])
    fixture.clock.advance(14 * DAY_MS)
    expect(await renewOrders({ store: opened.store, trust, clock: fixture.clock })).toEqual([])
    fixture.clock.advance(2 * DAY_MS)
    const [renewed] = await renewOrders({ store: opened.store, trust, clock: fixture.clock })
    expect(renewed).toMatchObject({ generation: START / 1000 + 16 * 86_400, order: { candidate: digest(2) } })
    await trust.renew()
    expect((await device('sea', { files, trust }).order()).models).toHaveLength(3)
  })
  test('when the director has a new key; devices follow the new root by themselves', async () => {
    await give([order])
    const seen = device('sea', { files, trust })
    await seen.order()
    expect(await rotateDemo(trust, fixture, 'director-online')).toMatchObject({ ok: true })
    await expect(seen.order()).rejects.toMatchObject({ code: 'trust/badSignature' })
    fixture.clock.advance(1_000)
    expect(await renewOrders({ store: opened.store, trust, clock: fixture.clock })).toHaveLength(1)
    expect((await seen.order()).models).toHaveLength(3)
  })
})

test('what is revoked is left out of an order, so that the device can follow the rest of it', async () => {
  await releaseHere(trust, fixture, (before, now) =>
    withRevocation(before, { path: 'temperature-24h/1', reason: 'reads high', now }),
  )
  const targets = orderableTargets(targetsOf(trust.publication()!).signed)
  expect(orderableOnly(order, targets)).toEqual({ ...order, champion: null })
  const fine = { ...order, champion: digest(2), candidate: null }
  expect(orderableOnly(fine, targets)).toBe(fine)
})
