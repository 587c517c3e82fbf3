import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { epochMsToUtcDay } from '@fleetcast/shared/units.ts'
import { createHarness, eventually, feed, type Harness } from '../fixtures/station-harness.ts'
import { hour, HORIZON, makeBundle, STEPS, weather, type FakeBundle } from '../fixtures/station-fixtures.ts'

const HOURS = 100
let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const backtests = (): readonly EvidenceRecord[] =>
  [...harness.hub.sums().values()]
    .filter((record) => record.kind === 'evidence')
    .filter((record) => record.source === 'backtest')
const against = (reference: string): readonly EvidenceRecord[] =>
  backtests().filter((record) => record.reference === reference)
const pairs = (records: readonly EvidenceRecord[]): number => records.reduce((n, record) => n + record.n, 0)

async function backtest(champion: FakeBundle, candidate: FakeBundle): Promise<void> {
  const { agent } = await harness.open()
  harness.hub.offer(champion, candidate)
  harness.hub.order({ generation: 1, champion: champion.digest })
  await eventually(
    () => agent.status().servingState,
    (state) => state === 'trial',
  )
  await feed(agent, 0, HOURS)
  harness.hub.order({ generation: 2, champion: champion.digest, candidate: candidate.digest })
  await eventually(
    () => agent.status().candidateState,
    (state) => state === 'shadowing',
  )
  await agent.stop()
}

/** Targets whose forecast had a whole window and whose truth is in the ring. */
const targets = Array.from({ length: HOURS }, (_, n) => n).filter((n) => n >= STEPS - 1 + HORIZON)
const temperature = (n: number): number => weather(n)['temperature']!
const champion = makeBundle({ version: 1, offset: 2 })

describe('a backtest', () => {
  test('is what the candidate would have forecast, exactly', async () => {
    await backtest(champion, makeBundle({ version: 2, offset: 1 }))
    const expected = new Map<string, { n: number; sumAbs: number; sumAbsReference: number }>()
    for (const n of targets) {
      const day = epochMsToUtcDay(hour(n))
      const sum = expected.get(day) ?? { n: 0, sumAbs: 0, sumAbsReference: 0 }
      expected.set(day, {
        n: sum.n + 1,
        sumAbs: sum.sumAbs + Math.abs(temperature(n - HORIZON) + 1 - temperature(n)),
        sumAbsReference: sum.sumAbsReference + Math.abs(temperature(n - HORIZON) - temperature(n)),
      })
    }
    const records = against('persistence')
    expect(records.map(({ day, n }) => [day, n]).sort()).toEqual(
      [...expected].map(([day, { n }]) => [day, n]),
    )
    for (const { day, sumAbs, sumAbsReference } of records) {
      expect(sumAbs).toBeCloseTo(expected.get(day)!.sumAbs, 3)
      expect(sumAbsReference).toBeCloseTo(expected.get(day)!.sumAbsReference, 9)
    }
    expect(pairs(against(champion.digest))).toBe(targets.length)
  })

  test('leaves out days that the candidate was trained on at this site', async () => {
    await backtest(
      champion,
      makeBundle({ version: 2, offset: 1, sites: 'jfk,sea', dataUntil: '2022-01-02T12:00:00Z' }),
    )
    expect(
      against('persistence')
        .map(({ day }) => day)
        .sort(),
    ).toEqual(['2022-01-03', '2022-01-04', '2022-01-05'])
  })

  test('counts every day when the site is new to the candidate', async () => {
    await backtest(
      champion,
      makeBundle({ version: 2, offset: 1, sites: 'jfk', dataUntil: '2022-01-02T12:00:00Z' }),
    )
    expect(pairs(against('persistence'))).toBe(targets.length)
  })

  test('compares with the champion only on days that the champion has not seen', async () => {
    const trainedHere = makeBundle({ version: 1, offset: 2, sites: 'sea', dataUntil: '2022-01-03T00:00:00Z' })
    await backtest(trainedHere, makeBundle({ version: 2, offset: 1 }))
    expect(
      against(trainedHere.digest)
        .map(({ day }) => day)
        .sort(),
    ).toEqual(['2022-01-04', '2022-01-05'])
    expect(pairs(against('persistence'))).toBe(targets.length)
  })

  test('is done once: not again after a restart, nor when the candidate comes back', async () => {
    const candidate = makeBundle({ version: 2, offset: 1 })
    await backtest(champion, candidate)
    const { agent } = await harness.open()
    harness.hub.order({ generation: 3, champion: champion.digest })
    await eventually(
      () => agent.status().candidateState,
      (state) => state === 'none',
    )
    harness.hub.order({ generation: 4, champion: champion.digest, candidate: candidate.digest })
    await eventually(
      () => agent.status().candidateState,
      (state) => state === 'shadowing',
    )
    await feed(agent, HOURS, HOURS + 10)
    await agent.stop()
    expect(pairs(against('persistence'))).toBe(targets.length)
  })

  test('that was cut off before its commit is repeated as a whole', async () => {
    const candidate = makeBundle({ version: 2, offset: 1 })
    const { agent, kill } = await harness.open({
      ports: (ports) => ({
        ...ports,
        store: {
          ...ports.store,
          run: (sql, ...values) => {
            if (sql.includes('backtested values')) throw new Error('the process dies before the mark')
            return ports.store.run(sql, ...values)
          },
        },
      }),
    })
    harness.hub.offer(champion, candidate)
    await feed(agent, 0, HOURS)
    harness.hub.order({ generation: 1, candidate: candidate.digest })
    await eventually(
      () => agent.status().candidateState,
      (state) => state === 'backtesting',
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    kill()
    const again = await harness.open()
    await eventually(
      () => again.agent.status().candidateState,
      (state) => state === 'shadowing',
    )
    await again.agent.stop()
    expect(pairs(against('persistence'))).toBe(targets.length)
  })
})
