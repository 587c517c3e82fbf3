import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { createTelemetryIntake, WAITING_MAX, type IntakePorts } from '../../../hub/ingest/accept-telemetry.ts'
import { AHEAD_MAX } from '../../../hub/ingest/advance-stream.ts'
import { createQuarantine } from '../../../hub/ingest/quarantine.ts'
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

const one = addressOf('sea-1')
const two = addressOf('sea-2')

describe.each(ENGINES)('the intake on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  let acks: string[]
  beforeEach(async () => {
    opened = await open()
    store = opened.store
    acks = []
    await store.db
      .insert(store.t.devices)
      .values(
        [one, two].map(({ device, site }) => ({ id: device, site, latitude: 0, longitude: 0, createdAt: 0 })),
      )
  })
  afterEach(() => opened.remove())

  const intakeOn = (over: Partial<IntakePorts> = {}) => {
    const quarantine = createQuarantine({ store, clock: systemClock, log: silentLog, changes: noChanges })
    return createTelemetryIntake({
      store,
      clock: systemClock,
      acknowledge: ({ device }, watermark) => acks.push(`${device} ${watermark}`),
      reject: ({ device }, { code, message }, sample) =>
        quarantine.keep({ client: device, topic: 'up/telemetry', code, message, sample }),
      stored: () => {},
      ...over,
    })
  }
  const stored = async (): Promise<string[]> =>
    (await store.db.select().from(store.t.telemetry).orderBy(store.t.telemetry.id)).map(
      ({ device, sequence }) => `${device} ${sequence}`,
    )
  const streams = () => store.db.select().from(store.t.streams).orderBy(store.t.streams.device)

  test('is durable and counted before it resolves; the watermark goes back to the device', async () => {
    const intake = intakeOn()
    await Promise.all([
      intake.accept(one, encode(messageOf('sea-1', 1))),
      intake.accept(one, encode(messageOf('sea-1', 2))),
      intake.accept(two, encode(messageOf('sea-2', 1))),
    ])
    expect(await stored()).toEqual(['sea-1 1', 'sea-1 2', 'sea-2 1'])
    expect(acks).toEqual(['sea-1 2', 'sea-2 1'])
    expect(await streams()).toEqual([
      { device: 'sea-1', watermark: 2, accepted: 2, duplicates: 0, rejected: 0, lost: 0 },
      { device: 'sea-2', watermark: 1, accepted: 1, duplicates: 0, rejected: 0, lost: 0 },
    ])
    const devices = await store.db.select().from(store.t.devices)
    expect(devices.every(({ lastSeenAt }) => lastSeenAt !== null && lastSeenAt > 1.7e12)).toBe(true)
  })

  test('counts duplicates, also those of a former life of the hub', async () => {
    await intakeOn().accept(one, encode(messageOf('sea-1', 1)))
    await intakeOn().accept(one, encode(messageOf('sea-1', 3)))
    const restarted = intakeOn()
    for (const sequence of [1, 3, 2, 3]) await restarted.accept(one, encode(messageOf('sea-1', sequence)))
    expect(await stored()).toEqual(['sea-1 1', 'sea-1 3', 'sea-1 2'])
    expect(await streams()).toMatchObject([{ watermark: 3, accepted: 3, duplicates: 3, lost: 0 }])
  })

  test('counts as lost what the device has dropped', async () => {
    const intake = intakeOn()
    await intake.accept(one, encode(messageOf('sea-1', 2)))
    await intake.accept(one, encode(messageOf('sea-1', 10, { oldest: 10 })))
    expect(await streams()).toMatchObject([{ watermark: 10, accepted: 2, lost: 8 }])
  })

  test('a message that cannot be read is counted, sampled, acknowledged and passed by the watermark', async () => {
    const intake = intakeOn()
    await intake.accept(one, encode(messageOf('sea-1', 1)))
    await intake.accept(one, encode({ ...messageOf('sea-1', 2), records: ['?'.repeat(1_000)] }))
    await intake.accept(one, Buffer.from('not JSON at all'))
    await intake.accept(one, encode(messageOf('sea-1', 3)))
    expect(await stored()).toEqual(['sea-1 1', 'sea-1 3'])
    expect(await streams()).toEqual([
      { device: 'sea-1', watermark: 3, accepted: 2, duplicates: 0, rejected: 2, lost: 0 },
    ])
    const samples = await store.db.select().from(store.t.quarantine).orderBy(store.t.quarantine.id)
    expect(samples.map(({ code, client, sample }) => [code, client, sample.length])).toEqual([
      ['telemetry/badMessage', 'sea-1', 512],
      ['telemetry/notJson', 'sea-1', 15],
    ])
  })

  test('a message in the name of another device changes nothing of either', async () => {
    await intakeOn().accept(one, encode(messageOf('sea-2', 5, { oldest: 5 })))
    expect(await stored()).toEqual([])
    expect(await streams()).toMatchObject([{ device: 'sea-1', rejected: 1, watermark: 0 }])
  })

  test('what is too far ahead of a gap is not taken, the rest of its batch is', async () => {
    const intake = intakeOn()
    const far = intake.accept(one, encode(messageOf('sea-1', AHEAD_MAX + 1)))
    const near = intake.accept(two, encode(messageOf('sea-2', 1)))
    await expect(far).rejects.toMatchObject({ code: 'telemetry/tooFarAhead' })
    await near
    expect(await stored()).toEqual(['sea-2 1'])
  })

  test('refuses more than it may hold, and takes what it holds', async () => {
    const intake = intakeOn()
    const payload = encode(messageOf('sea-1', 1))
    const all = await Promise.allSettled(
      Array.from({ length: WAITING_MAX + 3 }, () => intake.accept(one, payload)),
    )
    const refusals = all.filter((outcome) => outcome.status === 'rejected')
    expect(refusals.map(({ reason }) => (reason as { code: string }).code)).toEqual(
      Array.from({ length: 3 }, () => 'telemetry/busy'),
    )
    expect(await streams()).toMatchObject([{ accepted: 1, duplicates: WAITING_MAX - 1 }])
  })

  test('the power is cut at every statement: sent again, every message is there once', async () => {
    const messages = [1, 2, 3].flatMap((sequence) =>
      [one, two].map((from) => ({ from, payload: encode(messageOf(from.device, sequence)) })),
    )
    let cuts = 0
    for (let at = 0; ; at++) {
      await store.db.delete(store.t.telemetry)
      await store.db.delete(store.t.streams)
      const cutting = cuttingStore(store, at)
      const dying = intakeOn({ store: cutting })
      const outcomes = await Promise.allSettled(
        messages.map(({ from, payload }) => dying.accept(from, payload)),
      )
      if (cutting.statements() <= at) break
      cuts++
      for (const outcome of outcomes)
        expect(outcome.status === 'rejected' && outcome.reason instanceof PowerCut).toBe(true)
      const restarted = intakeOn()
      for (const { from, payload } of messages) await restarted.accept(from, payload)
      expect((await stored()).sort()).toEqual([
        'sea-1 1',
        'sea-1 2',
        'sea-1 3',
        'sea-2 1',
        'sea-2 2',
        'sea-2 3',
      ])
      const counted = await streams()
      expect(counted.map(({ watermark, accepted, lost }) => [watermark, accepted, lost])).toEqual([
        [3, 3, 0],
        [3, 3, 0],
      ])
    }
    expect(cuts).toBeGreaterThan(5)
  })

  test('after a failed commit the same intake reads again what is true', async () => {
    // Message 1 takes 6 statements; of message 2 the commit is made, but its success is not heard of.
    const intake = intakeOn({ store: cuttingStore(store, 9) })
    const send = (sequence: number) => intake.accept(one, encode(messageOf('sea-1', sequence)))
    await send(1)
    await expect(send(2)).rejects.toThrow(PowerCut)
    for (const sequence of [2, 3]) await send(sequence)
    expect(await stored()).toEqual(['sea-1 1', 'sea-1 2', 'sea-1 3'])
    expect(await streams()).toMatchObject([{ watermark: 3, accepted: 3, duplicates: 1, lost: 0 }])
  })
})
