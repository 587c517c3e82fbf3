import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UNACKED_MAX } from '@fleetcast/agent/telemetry/telemetry-loop.ts'
import { FIRST_GENERATION } from '../fixtures/fake-hub.ts'
import { createHarness, eventually, feed, type Harness } from '../fixtures/station-harness.ts'
import { address } from '../fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const sequences = (): readonly number[] => harness.hub.messages.map((message) => message.sequence)
const readingsSeen = (): number =>
  [...harness.hub.sums().values()].reduce(
    (n, record) => n + (record.kind === 'profile' && record.channel === 'windSpeed' ? record.n : 0),
    0,
  )

describe('telemetry', () => {
  test('comes in order, gapless, and the watermark empties the spool', async () => {
    const { agent } = await harness.open()
    for (let n = 0; n < 30; n += 10) {
      await feed(agent, n, n + 10)
      await eventually(readingsSeen, (seen) => seen === n + 10)
    }
    expect(sequences()).toEqual(sequences().map((_, i) => i + 1))
    await eventually(
      () => agent.metrics().spooled,
      (spooled) => spooled === 0,
    )
  })

  test('is kept until the watermark, not until the broker acknowledges, and sent again after a reconnect', async () => {
    harness.hub.confirmUpTo = 0
    const { agent } = await harness.open()
    await feed(agent, 0, 5)
    await eventually(readingsSeen, (seen) => seen === 5)
    const sent = sequences().length
    expect(agent.metrics().spooled).toBe(sent)
    harness.hub.confirmUpTo = Number.POSITIVE_INFINITY
    harness.broker.cut(address)
    await eventually(
      () => harness.hub.duplicates,
      (duplicates) => duplicates >= sent,
    )
    await eventually(
      () => agent.metrics().spooled,
      (spooled) => spooled === 0,
    )
    expect(readingsSeen()).toBe(5)
  })

  test('begins every connection with the status, also an unchanged one', async () => {
    await harness.open()
    const statuses = () => harness.hub.records.filter((record) => record.kind === 'status')
    // The first order changes the status once more; after that nothing does.
    await eventually(
      () => statuses().at(-1)?.generation,
      (generation) => generation === FIRST_GENERATION,
    )
    const before = statuses().length
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(statuses()).toHaveLength(before)
    harness.broker.cut(address)
    await eventually(
      () => statuses().length,
      (n) => n === before + 1,
    )
    expect({ ...statuses().at(-1), rssMb: 0 }).toEqual({ ...statuses().at(-2), rssMb: 0 })
  })

  test('adds up in place while the hub is away', async () => {
    harness.broker.setOpen(false)
    const { agent } = await harness.open()
    await feed(agent, 0, 200)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(agent.metrics().spooled).toBe(0)
    harness.broker.setOpen(true)
    await eventually(readingsSeen, (seen) => seen === 200)
    expect(harness.hub.messages.length).toBeLessThan(5)
  })

  test('never has more than the window unacknowledged', async () => {
    harness.hub.confirmUpTo = 0
    const released = new AbortController()
    let inFlight = 0
    harness.broker.onUp(async ({ kind }) => {
      if (kind !== 'telemetry') return
      inFlight++
      await new Promise((resolve) => released.signal.addEventListener('abort', resolve))
    })
    // Every flush cuts a message of its own while the window is open.
    const { agent } = await harness.open({ settings: { statusMs: 100, flushMs: 10 } })
    for (let n = 0; n < 20; n++) {
      await feed(agent, n, n + 1)
      await new Promise((resolve) => setTimeout(resolve, 15))
    }
    expect(inFlight).toBe(UNACKED_MAX)
    released.abort()
  })

  test('a full spool drops its oldest messages, counts them and says so', async () => {
    harness.hub.confirmUpTo = 0
    const { agent } = await harness.open({ settings: { spoolMessagesMax: 5 } })
    for (let n = 0; n < 12; n++) {
      await feed(agent, n, n + 1)
      await eventually(readingsSeen, (seen) => seen === n + 1)
    }
    expect(agent.metrics().spooled).toBeLessThanOrEqual(5)
    expect(agent.metrics().spoolDropped).toBeGreaterThanOrEqual(7)
    await eventually(
      () => harness.hub.events(),
      (events) => events.some((event) => event.code === 'telemetry/spoolFull'),
    )
    const last = harness.hub.messages.at(-1)!
    expect(last.oldest).toBeGreaterThan(1)
    expect(last.sequence - last.oldest).toBeLessThan(5)
  })

  test('a hub that remembers an earlier life of the station makes it number behind that', async () => {
    harness.broker.setOpen(false)
    const { agent } = await harness.open()
    await feed(agent, 0, 3)
    harness.broker.setOpen(true)
    await eventually(readingsSeen, (seen) => seen === 3)
    harness.hub.ack(500)
    await feed(agent, 3, 6)
    await eventually(readingsSeen, (seen) => seen === 6)
    expect(Math.max(...sequences())).toBeGreaterThan(500)
  })

  test('a broker that confirms more than was ever sent makes nothing count twice', async () => {
    harness.hub.confirmUpTo = 0
    const { agent } = await harness.open()
    await feed(agent, 0, 3)
    await eventually(readingsSeen, (seen) => seen === 3)
    for (const forged of [500, 1_000]) {
      harness.hub.ack(forged)
      await eventually(
        () => agent.metrics().spooled,
        (spooled) => spooled === 0,
      )
    }
    await feed(agent, 3, 4)
    await eventually(readingsSeen, (seen) => seen >= 4)
    expect(readingsSeen()).toBe(4)
    expect(Math.max(...sequences())).toBeGreaterThan(1_000)
    expect(agent.metrics().spoolDropped).toBeGreaterThan(0)
  })

  test('goes on counting after a restart, also when everything was confirmed', async () => {
    const before = await harness.open()
    await feed(before.agent, 0, 3)
    await eventually(
      () => [readingsSeen(), before.agent.metrics().spooled],
      ([seen, spooled]) => seen === 3 && spooled === 0,
    )
    const highest = Math.max(...sequences())
    before.kill()
    const { agent } = await harness.open()
    await feed(agent, 3, 4)
    await eventually(readingsSeen, (seen) => seen === 4)
    expect(Math.max(...sequences())).toBeGreaterThan(highest)
    expect(harness.hub.duplicates).toBe(0)
  })
})
