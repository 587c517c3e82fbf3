import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReadingsRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { epochMs, ms } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { createTelemetryIntake } from '../../../hub/ingest/accept-telemetry.ts'
import { foldOnce, type FoldPorts } from '../../../hub/ingest/fold-telemetry.ts'
import type { Clock } from '../../../hub/ports/clock.ts'
import {
  observationsAfter,
  settleArrivals,
  type ObservationFilter,
  type ObservationPlace,
  type ObservationRow,
} from '../../../hub/store/queries/observations.ts'
import type { Store } from '../../../hub/store/store.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import {
  addressOf,
  cuttingStore,
  encode,
  messageOf,
  noChanges,
  PowerCut,
  silentLog,
} from './telemetry-fixtures.ts'

const T0 = Date.UTC(2022, 0, 1)
const HOUR = 3_600_000
const DEVICES = ['sea-1', 'sea-2', 'sea-3']
const EVERYTHING: ObservationFilter = {
  ...{ recipe: 'temperature-24h', asOf: 8e15, from: null, until: null, sites: null, devices: null },
}

const readings = (hour: number, values: readonly (number | null)[], flags?: string[]): ReadingsRecord => ({
  ...{ kind: 'readings', recipe: 'temperature-24h', channels: ['temperature'] },
  ...{ startAt: T0 + hour * HOUR, stepMinutes: 60 },
  values: values.map((value) => [value]),
  ...(flags === undefined ? {} : { flags }),
})

describe.each(ENGINES)('observations on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  let now = 1_000
  let sequence = 0
  const clock: Clock = { ...systemClock, now: () => epochMs(now) }
  beforeEach(async () => {
    opened = await open()
    store = opened.store
    now = 1_000
    sequence = 0
    const place = { site: 'sea', latitude: 0, longitude: 0, createdAt: 0 }
    await store.bulk(
      'devices',
      DEVICES.map((id) => ({ id, ...place })),
      { onConflict: 'fail' },
    )
  })
  afterEach(() => opened.remove())

  const portsOn = (over: Partial<FoldPorts> = {}): FoldPorts => ({
    ...{ store, clock, log: silentLog, changes: noChanges },
    ...over,
  })
  const put = (device: string, ...records: ReadingsRecord[]) => {
    const message = messageOf(device, ++sequence, { records })
    const row = { device, sequence, receivedAt: now, body: encode(message) }
    return store.bulk('telemetry', [row], { onConflict: 'fail' })
  }
  const arrive = async (device: string, ...records: ReadingsRecord[]): Promise<void> => {
    await put(device, ...records)
    await foldOnce(portsOn())
  }
  const all = async (filter: Partial<ObservationFilter> = {}, limit = 3): Promise<ObservationRow[]> => {
    const rows: ObservationRow[] = []
    for (let after: ObservationPlace | null = null; ;) {
      const page = await observationsAfter(store, { ...EVERYTHING, ...filter }, { after, limit })
      rows.push(...page)
      if (page.length < limit) return rows
      after = page.at(-1)!
    }
  }
  const brief = (rows: readonly ObservationRow[]) =>
    rows.map(({ device, eventTime, revision, measured }) => [
      ...[device, (eventTime - T0) / HOUR, revision, measured['temperature']],
    ])
  const newestArrival = async (): Promise<number> =>
    Math.max(...(await store.db.select().from(store.t.observations)).map(({ arrivedAt }) => arrivedAt))

  test('hold every value beside what the station refused, and where it stood', async () => {
    await arrive('sea-1', readings(5, [12.5, 99, null], ['o', 'r', 'm']))
    const rows = await all()
    expect(brief(rows)).toEqual([
      ['sea-1', 5, 1, 12.5],
      ['sea-1', 6, 1, 99],
      ['sea-1', 7, 1, null],
    ])
    expect(rows.map(({ refused }) => refused)).toEqual([null, { temperature: 'range' }, null])
    expect(rows[0]).toMatchObject({ site: 'sea', arrivedAt: 1_000 })
  })

  test('a second arrival with other values is a revision; the first is still there', async () => {
    await arrive('sea-1', readings(0, [1, 2]))
    now = 2_000
    await arrive('sea-1', readings(0, [1, 7]))
    expect(brief(await all())).toEqual([
      ['sea-1', 0, 1, 1],
      ['sea-1', 1, 2, 7],
    ])
    expect(brief(await all({ asOf: 1_999 }))).toEqual([
      ['sea-1', 0, 1, 1],
      ['sea-1', 1, 1, 2],
    ])
    expect(await all({ asOf: 999 })).toEqual([])
  })

  test('the same values again add nothing, in one message and in two', async () => {
    await arrive('sea-1', readings(0, [1, 2]), readings(0, [1, 2]))
    await arrive('sea-1', readings(0, [1, 2]))
    expect(await store.db.$count(store.t.observations)).toBe(2)
  })

  test('two revisions of one batch are both kept, and the later one counts', async () => {
    await arrive('sea-1', readings(0, [1]), readings(0, [3]))
    expect(brief(await all())).toEqual([['sea-1', 0, 2, 3]])
    expect(await store.db.$count(store.t.observations)).toBe(2)
  })

  test('are found by station, device and event time', async () => {
    for (const device of DEVICES) await arrive(device, readings(0, [1, 2, 3, 4]))
    expect(await all()).toHaveLength(12)
    const between = { from: T0 + HOUR, until: T0 + 3 * HOUR }
    expect(brief(await all({ devices: ['sea-2'], ...between }))).toEqual([
      ['sea-2', 1, 1, 2],
      ['sea-2', 2, 1, 3],
    ])
    expect(await all({ sites: ['ewr'] })).toEqual([])
    expect(await all({ recipe: 'another' })).toEqual([])
  })

  test('of a fleet that catches up are added in several goes, and none is left out', async () => {
    const day = Array.from({ length: 24 }, (_, i) => i)
    for (let n = 0; n < 90; n++) await put('sea-1', readings(24 * n, day))
    expect(await foldOnce(portsOn())).toBe(84)
    expect(await foldOnce(portsOn())).toBe(6)
    expect(await foldOnce(portsOn())).toBe(0)
    expect(await store.db.$count(store.t.observations)).toBe(90 * 24)
  })

  test('arrival times never go back, whatever the clock does', async () => {
    now = 5_000
    await arrive('sea-1', readings(0, [1]))
    now = 3_000
    await arrive('sea-1', readings(1, [1]))
    expect(await newestArrival()).toBe(5_001)
  })

  test('nothing arrives at or before a time that was read as of', async () => {
    await arrive('sea-1', readings(0, [1]))
    now = 9_000
    expect(await store.tx((db) => settleArrivals(db, store, now))).toBe(9_000)
    await arrive('sea-1', readings(1, [1]))
    expect(await newestArrival()).toBe(9_001)
  })

  test('the power is cut at every statement of the fold: every reading is there once', async () => {
    await put('sea-1', readings(0, [1, 2]))
    await put('sea-2', readings(0, [5], ['s']))
    await put('sea-1', readings(1, [3]))
    let cuts = 0
    for (let at = 0; ; at++) {
      for (const table of ['observations', 'cursors', 'events'] as const)
        await store.db.delete(store.t[table])
      const cutting = cuttingStore(store, at)
      const outcome = await foldOnce(portsOn({ store: cutting })).catch((cause: unknown) => cause)
      if (cutting.statements() <= at) break
      cuts++
      expect(outcome).toBeInstanceOf(PowerCut)
      while ((await foldOnce(portsOn())) > 0);
      expect(brief(await all())).toEqual([
        ['sea-1', 0, 1, 1],
        ['sea-2', 0, 1, 5],
        ['sea-1', 1, 2, 3],
      ])
      expect(await store.db.$count(store.t.observations)).toBe(4)
    }
    expect(cuts).toBeGreaterThan(6)
  })

  test('a message that comes again because its acknowledgement was lost adds nothing', async () => {
    const message = encode(messageOf('sea-1', 1, { records: [readings(0, [1, 2])] }))
    const intake = () =>
      createTelemetryIntake({
        ...{ store, clock: { ...clock, sleep: () => systemClock.sleep(ms(1)) } },
        ...{ acknowledge: () => undefined, stored: () => undefined },
        reject: () => Promise.reject(new Error('nothing is wrong with it')),
      })
    expect(await intake().accept(addressOf('sea-1'), message)).toBe(true)
    await foldOnce(portsOn())
    // The hub that starts again remembers what its database does.
    expect(await intake().accept(addressOf('sea-1'), message)).toBe(false)
    await foldOnce(portsOn())
    expect(await store.db.$count(store.t.observations)).toBe(2)
  })

  test('as of any time that was read, the answer stays the same for ever, and is what a naive history says', async () => {
    const step = fc.oneof(
      fc.record({
        device: fc.constantFrom(...DEVICES),
        hour: fc.integer({ min: 0, max: 6 }),
        values: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }),
        /** The clock may be set back. */
        passes: fc.integer({ min: -3, max: 5 }),
      }),
      fc.record({ asks: fc.integer({ min: 0, max: 5 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        for (const table of ['observations', 'cursors', 'telemetry'] as const)
          await store.db.delete(store.t[table])
        now = 1_000
        const history = new NaiveHistory()
        const asked: { asOf: number; answer: unknown }[] = []
        for (const one of steps) {
          if ('asks' in one) {
            now += one.asks
            const asOf = await store.tx((db) => settleArrivals(db, store, now))
            asked.push({ asOf, answer: brief(await all({ asOf })) })
            history.remember(asOf)
          } else {
            now += one.passes
            await arrive(one.device, readings(one.hour, one.values))
            history.arrive(one)
          }
        }
        expect(brief(await all())).toEqual(history.now())
        for (const { asOf, answer } of asked) {
          expect(brief(await all({ asOf }))).toEqual(answer)
          expect(answer).toEqual(history.at(asOf))
        }
      }),
      { numRuns: 40 },
    )
  })
})

type Known = readonly [device: string, hour: number, revision: number, value: number]

/** Written down by hand: what is known now, and copies of it from the times that somebody asked. */
class NaiveHistory {
  private readonly known = new Map<string, Known>()
  private readonly copies = new Map<number, readonly Known[]>()

  arrive({ device, hour, values }: { device: string; hour: number; values: readonly number[] }): void {
    values.forEach((value, i) => {
      const before = this.known.get(`${hour + i} ${device}`)
      if (before?.[3] === value) return
      this.known.set(`${hour + i} ${device}`, [device, hour + i, (before?.[2] ?? 0) + 1, value])
    })
  }

  now(): readonly Known[] {
    return [...this.known.values()].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
  }

  remember(asOf: number): void {
    this.copies.set(asOf, this.now())
  }

  at(asOf: number): readonly Known[] {
    return this.copies.get(asOf)!
  }
}
