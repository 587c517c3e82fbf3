import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import type { TelemetryMessage, TelemetryRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { foldOnce, type FoldPorts } from '../../../hub/ingest/fold-telemetry.ts'
import { pruneTelemetry } from '../../../hub/store/queries/telemetry.ts'
import type { Store } from '../../../hub/store/store.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import {
  addressOf,
  cuttingStore,
  encode,
  eventRecord,
  messageOf,
  noChanges,
  PowerCut,
  silentLog,
  someRecords,
  statusRecord,
} from './telemetry-fixtures.ts'

describe.each(ENGINES)('the fold on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  beforeEach(async () => {
    opened = await open()
    store = opened.store
    const { device, site } = addressOf('sea-1')
    await store.db
      .insert(store.t.devices)
      .values({ id: device, site, latitude: 0, longitude: 0, createdAt: 0 })
  })
  afterEach(() => opened.remove())

  const portsOn = (over: Partial<FoldPorts> = {}): FoldPorts => ({
    store,
    clock: systemClock,
    log: silentLog,
    changes: noChanges,
    ...over,
  })
  const put = (messages: readonly TelemetryMessage[]) =>
    store.bulk(
      'telemetry',
      messages.map((message) => ({
        device: message.device,
        sequence: message.sequence,
        receivedAt: 1,
        body: encode(message),
      })),
      { onConflict: 'fail' },
    )
  const foldAll = async (): Promise<void> => {
    while ((await foldOnce(portsOn())) > 0);
  }
  const device = async () => (await store.db.select().from(store.t.devices))[0]!

  test('totals are what adding every record one by one gives', async () => {
    const messages = manyMessages(createRandom(3), 450)
    await put(messages)
    await foldAll()
    expect(await totalsOf(store)).toEqual(naiveTotals(messages))
  })

  test('in two halves the totals are the same as in one', async () => {
    const messages = manyMessages(createRandom(4), 60)
    await put(messages.slice(0, 31))
    await foldAll()
    await put(messages.slice(31))
    await foldAll()
    expect(await totalsOf(store)).toEqual(naiveTotals(messages))
  })

  test('the power is cut at every statement: every increment counts once', async () => {
    const messages = manyMessages(createRandom(5), 30)
    const expected = naiveTotals(messages)
    await put(messages)
    let cuts = 0
    for (let at = 0; ; at++) {
      for (const table of ['evidence', 'ledger', 'profiles', 'events', 'cursors'] as const)
        await store.db.delete(store.t[table])
      const cutting = cuttingStore(store, at)
      const outcome = await foldOnce(portsOn({ store: cutting })).catch((cause: unknown) => cause)
      if (cutting.statements() <= at) break
      cuts++
      expect(outcome).toBeInstanceOf(PowerCut)
      await foldAll()
      expect(await totalsOf(store)).toEqual(expected)
    }
    expect(cuts).toBeGreaterThan(8)
  })

  test('two hubs on one database fold a batch once', async () => {
    const messages = manyMessages(createRandom(6), 100)
    await put(messages)
    await Promise.all([foldOnce(portsOn()), foldOnce(portsOn()), foldOnce(portsOn())])
    await foldAll()
    expect(await totalsOf(store)).toEqual(naiveTotals(messages))
  })

  test('the last status counts, and the newest reading never goes back', async () => {
    await put([
      messageOf('sea-1', 1, { records: [statusRecord(2_000, 1), statusRecord(5_000, 2)] }),
      messageOf('sea-1', 2, { records: [statusRecord(3_000, 3)] }),
    ])
    await foldAll()
    expect(await device()).toMatchObject({ lastReadingAt: 5_000, status: { generation: 3 } })
    await put([messageOf('sea-1', 3, { records: [statusRecord(4_000, 4)] })])
    await foldAll()
    expect(await device()).toMatchObject({ lastReadingAt: 5_000, status: { generation: 4 } })
    await put([messageOf('sea-1', 4, { records: [statusRecord(null, 5)] })])
    await foldAll()
    expect(await device()).toMatchObject({ lastReadingAt: 5_000, status: { generation: 5 } })
  })

  test('events are appended in their order', async () => {
    await put(
      [1, 2, 3].map((i) => messageOf('sea-1', i, { records: [eventRecord(`e${i}`), eventRecord(`f${i}`)] })),
    )
    await foldAll()
    const events = await store.db.select().from(store.t.events).orderBy(store.t.events.id)
    expect(events.map(({ message }) => message)).toEqual(['e1', 'f1', 'e2', 'f2', 'e3', 'f3'])
    expect(events[0]).toMatchObject({ source: 'device', subject: 'sea-1', code: 'update/rolledBack' })
  })

  test('a stored message that an upgrade made unreadable stops nobody', async () => {
    const errors: string[] = []
    await store.bulk(
      'telemetry',
      [{ device: 'sea-1', sequence: 1, receivedAt: 1, body: Buffer.from('{}') }],
      {
        onConflict: 'fail',
      },
    )
    await put([messageOf('sea-1', 2, { records: [eventRecord('after it')] })])
    const log = { ...silentLog, error: (fields: object) => errors.push(JSON.stringify(fields)) }
    expect(await foldOnce(portsOn({ log }))).toBe(2)
    expect(await foldOnce(portsOn({ log }))).toBe(0)
    expect(await store.db.select().from(store.t.events)).toHaveLength(1)
    expect(errors).toHaveLength(1)
  })

  test('pruning frees folded messages, but none that stands above a gap', async () => {
    await put([1, 2, 3, 5, 6].map((sequence) => messageOf('sea-1', sequence)))
    await store.bulk('streams', [{ device: 'sea-1', watermark: 3 }], { onConflict: 'fail' })
    await pruneTelemetry(store, 5, 1)
    const left = await store.db.select().from(store.t.telemetry).orderBy(store.t.telemetry.id)
    expect(left.map(({ sequence }) => sequence)).toEqual([5, 6])
  })
})

function manyMessages(random: Random, count: number): TelemetryMessage[] {
  return Array.from({ length: count }, (_, i) =>
    messageOf(`sea-${1 + random.integer(3)}`, i + 1, { records: someRecords(random) }),
  )
}

type Totals = Record<string, unknown>

async function totalsOf({ db, t }: Store): Promise<Totals> {
  const totals: Totals = {}
  for (const { device, model, reference, source, day, ...sums } of await db.select().from(t.evidence))
    totals[`${device} ${model} ${reference} ${source} ${day}`] = sums
  for (const { device, day, ...sums } of await db.select().from(t.ledger)) totals[`${device} ${day}`] = sums
  for (const { device, channel, day, edges, ...sums } of await db.select().from(t.profiles))
    totals[`${device} ${channel} ${day} ${edges}`] = sums
  totals['events'] = (await db.select().from(t.events))
    .map(({ subject, message }) => `${subject} ${message}`)
    .sort()
  return totals
}

/** One record after the other, field by field. All values are multiples of 1/8, so that sums are exact in any order. */
function naiveTotals(messages: readonly TelemetryMessage[]): Totals {
  const totals: Record<string, Record<string, unknown>> = {}
  const events: string[] = []
  for (const { device, records } of messages)
    for (const record of records) {
      if (record.kind === 'event') events.push(`${device} ${record.message}`)
      const key = keyOf(device, record)
      if (key === null) continue
      const none = record.kind === 'evidence' ? { intervals: 0, covered: 0 } : {}
      totals[key] = addTo(totals[key] ?? none, record)
    }
  return { ...totals, events: events.sort() }
}

function keyOf(device: string, record: TelemetryRecord): string | null {
  if (record.kind === 'evidence')
    return `${device} ${record.model} ${record.reference} ${record.source} ${record.day}`
  if (record.kind === 'ledger') return `${device} ${record.day}`
  return record.kind === 'profile' ? `${device} ${record.channel} ${record.day} ${record.edges ?? ''}` : null
}

const KEYS = new Set(['kind', 'model', 'reference', 'source', 'day', 'channel', 'edges'])

function addTo(total: Record<string, unknown> | undefined, record: object): Record<string, unknown> {
  const sums: Record<string, unknown> = { ...total }
  for (const [name, value] of Object.entries(record) as [string, unknown][]) {
    if (KEYS.has(name)) continue
    const before = sums[name] ?? null
    if (name === 'min' || name === 'max') sums[name] = extreme(name, before, value)
    else if (Array.isArray(value))
      sums[name] = value.map((count: number, i) => count + ((before as number[] | null)?.[i] ?? 0))
    else sums[name] = Number(before ?? 0) + Number(value)
  }
  return sums
}

function extreme(name: 'min' | 'max', a: unknown, b: unknown): unknown {
  const known = [a, b].filter((value): value is number => typeof value === 'number')
  return known.length === 0 ? null : Math[name](...known)
}
