import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../../hub/store/store.ts'
import { pause } from '../broker/broker-harness.ts'
import { ENGINES } from './engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'

const site = (id: string) => ({ id, latitude: 1.5, longitude: -2.25 })
const message = (sequence: number, device = 'd') => ({
  device,
  sequence,
  receivedAt: 1,
  body: Uint8Array.of(1),
})
const ledger = (issued: number) => ({
  device: 'd',
  day: '2022-01-01',
  issued,
  verified: 1,
  unverifiable: 0,
  expired: 0,
})

describe.each(ENGINES)('the store on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  beforeEach(async () => {
    opened = await open()
    store = opened.store
  })
  afterEach(() => opened.remove())

  const siteIds = async (): Promise<string[]> =>
    (await store.db.select().from(store.t.sites).orderBy(store.t.sites.id)).map(({ id }) => id)

  test('a transaction that throws leaves nothing; writes outside it survive and wait', async () => {
    const failing = store.tx(async (db) => {
      await db.insert(store.t.sites).values(site('inside'))
      await pause(30)
      throw new Error('stop')
    })
    const outside = store.db.insert(store.t.sites).values(site('outside'))
    await expect(failing).rejects.toThrow('stop')
    await outside
    expect(await siteIds()).toEqual(['outside'])
  })

  test('nobody reads what is not committed', async () => {
    let seen: string[] = ['not read yet']
    await store.tx(async (db) => {
      await db.insert(store.t.sites).values(site('a'))
      expect((await db.select().from(store.t.sites)).length).toBe(1)
    })
    const slow = store.tx(async (db) => {
      await db.insert(store.t.sites).values(site('b'))
      await pause(30)
      throw new Error('stop')
    })
    const reading = siteIds().then((ids) => (seen = ids))
    await expect(slow).rejects.toThrow('stop')
    await reading
    expect(seen).toEqual(['a'])
  })

  test('50 increments at once count 50', async () => {
    await store.db.insert(store.t.cursors).values({ name: 'c', position: 0 })
    await Promise.all(
      Array.from({ length: 50 }, () =>
        store.tx(async (db) => {
          const position = sql`${store.t.cursors.position} + 1`
          await db.update(store.t.cursors).set({ position }).where(eq(store.t.cursors.name, 'c'))
          await pause(0)
        }),
      ),
    )
    expect((await store.db.select().from(store.t.cursors))[0]!.position).toBe(50)
  })

  test('values come back as they went in', async () => {
    const body = Uint8Array.from({ length: 256 }, (_, i) => i)
    await store.bulk(
      'telemetry',
      [{ device: 'ø-1', sequence: 2 ** 53 - 1, receivedAt: 1_700_000_000_123, body }],
      {
        onConflict: 'fail',
      },
    )
    const [row] = await store.db.select().from(store.t.telemetry)
    expect({ ...row, body: Uint8Array.from(row!.body) }).toEqual({
      id: 1,
      device: 'ø-1',
      sequence: 2 ** 53 - 1,
      receivedAt: 1_700_000_000_123,
      body,
    })
    const value = { text: 'ü "quoted" \\ 字', list: [1, 2.5, null], nested: { isTrue: true } }
    await store.db.insert(store.t.settings).values({ name: 'json', value })
    await store.bulk('settings', [{ name: 'bulk json', value }], { onConflict: 'fail' })
    expect((await store.db.select().from(store.t.settings)).map((setting) => setting.value)).toEqual([
      value,
      value,
    ])
    await store.db
      .insert(store.t.devices)
      .values({ id: 'd', site: 's', latitude: -0.1, longitude: 1e-9, createdAt: 5, isConnected: true })
    expect((await store.db.select().from(store.t.devices))[0]).toMatchObject({
      latitude: -0.1,
      longitude: 1e-9,
      isConnected: true,
      lastSeenAt: null,
      status: null,
    })
  })

  describe('bulk', () => {
    test('counts what was new; a conflict fails the whole of it, or is ignored', async () => {
      expect(await store.bulk('telemetry', [message(1), message(2)], { onConflict: 'fail' })).toBe(2)
      expect(await store.bulk('telemetry', [message(2), message(3)], { onConflict: 'ignore' })).toBe(1)
      await expect(
        store.bulk('telemetry', [message(4), message(3)], { onConflict: 'fail' }),
      ).rejects.toThrow()
      const stored = await store.db.select().from(store.t.telemetry)
      expect(stored.map(({ sequence }) => sequence).sort()).toEqual([1, 2, 3])
      expect(await store.bulk('telemetry', [], { onConflict: 'fail' })).toBe(0)
    })

    test('adds to what is stored, or takes its place', async () => {
      const add = { onConflict: { key: ['device', 'day'], merge: 'add' } } as const
      await store.bulk('ledger', [ledger(2)], add)
      await store.bulk('ledger', [ledger(3)], add)
      expect(await store.db.select().from(store.t.ledger)).toMatchObject([{ issued: 5, verified: 2 }])
      await store.bulk('ledger', [ledger(7)], { onConflict: { key: ['device', 'day'], merge: 'replace' } })
      expect(await store.db.select().from(store.t.ledger)).toMatchObject([{ issued: 7, verified: 1 }])
    })

    test('leaves columns that no row names as they are', async () => {
      await store.bulk('streams', [{ device: 'd', rejected: 3 }], { onConflict: 'fail' })
      const update = { onConflict: { key: ['device'], merge: 'replace' } } as const
      await store.bulk('streams', [{ device: 'd', watermark: 9 }], update)
      expect(await store.db.select().from(store.t.streams)).toEqual([
        { device: 'd', watermark: 9, accepted: 0, duplicates: 0, rejected: 3, lost: 0 },
      ])
    })

    test('belongs to the transaction whose db it is given', async () => {
      await expect(
        store.tx(async (db) => {
          await store.bulk('telemetry', [message(1)], { onConflict: 'fail', db })
          throw new Error('stop')
        }),
      ).rejects.toThrow('stop')
      expect(await store.db.select().from(store.t.telemetry)).toEqual([])
    })

    test('takes 5,000 rows at once', async () => {
      const rows = Array.from({ length: 5_000 }, (_, i) => message(i, `d${i % 7}`))
      expect(await store.bulk('telemetry', rows, { onConflict: 'fail' })).toBe(5_000)
    })
  })
})
