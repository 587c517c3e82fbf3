import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { areReadingsDue } from '@fleetcast/agent/telemetry/collect-readings.ts'
import type { AgentPorts } from '@fleetcast/agent/ports/agent-ports.ts'
import { READINGS_ROWS_MAX, TELEMETRY_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { ReadingsRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { createHarness, eventually, feed, type Harness } from '../fixtures/station-harness.ts'
import { address, hour, recipe, T0, weather } from '../fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const collected = (): readonly ReadingsRecord[] =>
  harness.hub.records.filter((record) => record.kind === 'readings')
/** Every row that the hub was sent: hour, values, flags. */
const rows = () =>
  collected().flatMap(({ startAt, stepMinutes, values, flags }) =>
    values.map((row, i) => ({
      at: (startAt + i * stepMinutes * 60_000 - T0) / 3_600_000,
      row,
      flags: flags?.[i] ?? null,
    })),
  )
const hours = (): readonly number[] => rows().map(({ at }) => at)
const range = (from: number, until: number): readonly number[] =>
  Array.from({ length: until - from }, (_, i) => from + i)

describe('a station whose recipe collects readings', () => {
  test('sends each reading once, in order, as it came', async () => {
    const { agent } = await harness.open({ collects: true })
    for (let n = 0; n < 30; n += 6) {
      await feed(agent, n, n + 6)
      await eventually(hours, (seen) => seen.length === n + 6)
    }
    expect(hours()).toEqual(range(0, 30))
    expect(rows()[7]).toEqual({
      at: 7,
      row: [weather(7)['temperature'], weather(7)['windSpeed']],
      flags: null,
    })
    expect(collected()[0]).toMatchObject({ recipe: recipe.name, channels: ['temperature', 'windSpeed'] })
  })

  test('lets some hours come together, and sends the rest when it stops', async () => {
    const { agent } = await harness.open({ collects: true })
    await feed(agent, 0, 5)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(hours()).toEqual([])
    await agent.stop()
    expect(hours()).toEqual(range(0, 5))
  })

  test('sends what quality control refused, and says why', async () => {
    const { agent } = await harness.open({ collects: true })
    await feed(agent, 0, 3)
    await agent.observe({ at: hour(3), values: { temperature: 99, windSpeed: 4 } })
    await agent.observe({ at: hour(4), values: { windSpeed: 5 } })
    await agent.stop()
    expect(rows().slice(3)).toEqual([
      { at: 3, row: [99, 4], flags: 'ro' },
      { at: 4, row: [null, 5], flags: 'mo' },
    ])
  })

  test('leaves a missing interval out', async () => {
    const { agent } = await harness.open({ collects: true })
    await feed(agent, 0, 2)
    await feed(agent, 4, 6)
    await agent.stop()
    expect(hours()).toEqual([0, 1, 4, 5])
    expect(collected()).toHaveLength(2)
  })

  test('keeps readings in their ring while the hub is away, and catches up', async () => {
    harness.broker.setOpen(false)
    const { agent } = await harness.open({ collects: true })
    await feed(agent, 0, 700)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(agent.metrics().spooled).toBeLessThanOrEqual(1)
    harness.broker.setOpen(true)
    await eventually(hours, (seen) => seen.length >= 696)
    await agent.stop()
    expect(hours()).toEqual(range(0, 700))
  })

  test('says so when the ring was too small for the silence', async () => {
    const settings = { ringDays: 2 }
    const { agent } = await harness.open({ collects: true, settings })
    await feed(agent, 0, 6)
    await eventually(hours, (seen) => seen.length === 6)
    harness.broker.setOpen(false)
    harness.broker.cut(address)
    await feed(agent, 6, 100)
    harness.broker.setOpen(true)
    await eventually(hours, (seen) => seen.at(-1)! >= 94)
    await agent.stop()
    expect(hours()).toEqual([...range(0, 6), ...range(52, 100)])
    expect(harness.hub.events().map(({ code }) => code)).toContain('telemetry/readingsLost')
  })
})

test('a station whose recipe does not say so sends none', async () => {
  const { agent } = await harness.open()
  await feed(agent, 0, 30)
  await agent.stop()
  expect(collected()).toEqual([])
})

/** Dies at the n-th write, wherever that is. */
const dyingAt =
  (write: number) =>
  (ports: AgentPorts): AgentPorts => {
    let writes = 0
    const die = (): void => {
      if (++writes >= write) throw new Error('the process dies here')
    }
    const { store } = ports
    return {
      ...ports,
      store: {
        ...store,
        run: (sql, ...values) => {
          if (/^(insert|delete|update)/.test(sql)) die()
          return store.run(sql, ...values)
        },
        writeDocument: (key, value) => {
          die()
          store.writeDocument(key, value)
        },
      },
    }
  }

test.each([1, 2])(
  'a station that is killed again and again sends each reading once (seed %d)',
  async (seed) => {
    const random = createRandom(seed)
    let crashes = 0
    for (let isDone = false; !isDone;) {
      const ports = dyingAt(20 + random.integer(250))
      const { agent, kill } = await harness.open({ collects: true, ports })
      try {
        const last = agent.lastReadingAt()
        for (let n = last === null ? 0 : (last - T0) / 3_600_000 + 1; n < 120; n++) {
          await agent.observe({ at: hour(n), values: weather(n) })
          if (random.next() < 0.1) await new Promise((resolve) => setTimeout(resolve, 15))
        }
        isDone = true
      } catch {
        crashes++
      }
      kill()
    }
    const { agent } = await harness.open({ collects: true })
    await agent.stop()
    expect(crashes).toBeGreaterThan(5)
    expect(hours()).toEqual(range(0, 120))
  },
)

describe('a record of readings', () => {
  const channels = Array.from({ length: 32 }, (_, i) => `channel${i}`.padEnd(40, 'x'))
  const widest: ReadingsRecord = {
    kind: 'readings',
    recipe: 'r'.repeat(63),
    channels,
    startAt: 4_102_444_800_000,
    stepMinutes: 1440,
    values: Array.from({ length: READINGS_ROWS_MAX }, () => channels.map(() => -Number.MAX_VALUE)),
    flags: Array.from({ length: READINGS_ROWS_MAX }, () => 'f'.repeat(32)),
  }

  test('of the widest recipe and the longest numbers fits into a message', () => {
    expect(JSON.stringify(ReadingsRecord.parse(widest)).length).toBeLessThan(TELEMETRY_BYTES_MAX - 512)
  })

  test.each([
    ['a row too short', { values: [[1]] }],
    ['flags of another length', { values: widest.values.slice(0, 2), flags: widest.flags!.slice(0, 1) }],
    ['a channel twice', { channels: [...channels.slice(1), channels[1]] }],
    ['an unknown flag', { values: widest.values.slice(0, 1), flags: ['x'.repeat(32)] }],
    ['too many rows', { values: [...widest.values, widest.values[0]], flags: undefined }],
  ])('with %s is refused', (_what, over) => {
    expect(ReadingsRecord.safeParse({ ...widest, ...over }).success).toBe(false)
  })
})

test('a day of a slow station is worth a record at once', async () => {
  const { agent, store } = await harness.open()
  await feed(agent, 0, 1)
  const slow = { ...recipe, cadenceMinutes: 1440, collect: { readings: true } }
  expect(areReadingsDue(store, { recipe: slow, ringDays: 400 }, false)).toBe(true)
})
