import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AgentPorts } from '@fleetcast/agent/ports/agent-ports.ts'
import type { Increment } from '@fleetcast/agent/telemetry/add-records.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { createHarness, eventually, feed, type Harness } from './fixtures/station-harness.ts'
import { hour, makeBundle, T0, weather } from './fixtures/station-fixtures.ts'

const HOURS = 160
const SEEDS = [1, 2, 3]
const first = makeBundle({ version: 1, offset: 2 })
const second = makeBundle({ version: 2, offset: 1 })

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

/** Until champion and candidate have their roles nothing crashes: the runs to compare must have the same models. */
async function prepare(): Promise<void> {
  harness.hub.offer(first, second)
  const { agent } = await harness.open()
  await feed(agent, 0, 12)
  harness.hub.order({ generation: 1, champion: first.digest, candidate: second.digest })
  await eventually(
    () => agent.status(),
    (status) => status.servingState === 'trial' && status.candidateState === 'shadowing',
  )
  await agent.stop()
}

/** Dies at the n-th write, wherever that is: inside a reading's transaction or while a message is cut. */
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

/** Feeds everything through processes that die, and returns how many did. */
async function feedThroughCrashes(seed: number): Promise<number> {
  const random = createRandom(seed)
  for (let crashes = 0; ; crashes++) {
    const { agent, kill } = await harness.open({ ports: dyingAt(20 + random.integer(250)) })
    try {
      const last = agent.lastReadingAt() ?? T0
      for (let n = (last - T0) / 3_600_000 + 1; n < HOURS; n++) {
        await agent.observe({ at: hour(n), values: weather(n) })
        if (random.next() < 0.02) throw new Error('killed between two readings')
        if (random.next() < 0.1) await new Promise((resolve) => setTimeout(resolve, 15))
      }
      kill()
      return crashes
    } catch {
      kill()
    }
  }
}

async function settle(): Promise<ReadonlyMap<string, Increment>> {
  const { agent } = await harness.open()
  await agent.stop()
  return harness.hub.sums()
}

const counted = (sums: ReadonlyMap<string, Increment>) =>
  Object.fromEntries([...sums].map(([key, sum]) => [key, countsOf(sum)]).sort())
const countsOf = (sum: Increment): unknown =>
  sum.kind === 'ledger'
    ? sum
    : sum.kind === 'evidence'
      ? [sum.n, sum.sumAbs.toFixed(8), sum.sumDifference.toFixed(8)]
      : [sum.n, sum.missing, sum.invalid, sum.counts, sum.min, sum.max, sum.sum.toFixed(8)]

describe('a station that is killed again and again', () => {
  test.each(SEEDS)('loses nothing and counts nothing twice (seed %d)', async (seed) => {
    await prepare()
    const crashes = await feedThroughCrashes(seed)
    const afterCrashes = counted(await settle())
    expect(crashes).toBeGreaterThan(10)
    await harness.close()

    harness = await createHarness()
    await prepare()
    const { agent } = await harness.open()
    await feed(agent, 12, HOURS)
    await agent.stop()
    expect(afterCrashes).toEqual(counted(harness.hub.sums()))
  })

  test('refuses a reading that it has committed before the crash', async () => {
    const before = await harness.open()
    await feed(before.agent, 0, 5)
    before.kill()
    const { agent } = await harness.open()
    expect(agent.lastReadingAt()).toBe(hour(4))
    expect(await agent.observe({ at: hour(4), values: weather(4) })).toMatchObject({
      ok: false,
      error: { code: 'reading/notNewer' },
    })
    expect(await agent.observe({ at: hour(5), values: weather(5) })).toMatchObject({ ok: true })
  })

  test('keeps a second agent out of its folder', async () => {
    await harness.open()
    await expect(harness.open()).rejects.toThrow('in use by another agent')
  })
})
