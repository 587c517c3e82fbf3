import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkValue, QUALITY_START } from '@fleetcast/shared/quality/quality-control.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { epochMsToUtcDay } from '@fleetcast/shared/units.ts'
import { GRACE_STEPS } from '@fleetcast/agent/verification/verify-forecasts.ts'
import { createHarness, eventually, type Harness } from '../fixtures/station-harness.ts'
import { hour, HORIZON, makeBundle, recipe } from '../fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const temperature = (n: number): number => 10 + 6 * Math.sin(n / 4) + (n % 5) / 7
const HOURS = 400
const OFFSET = 1.5

/** Weather with glitches, missing values and hours that no reading comes for. */
function roughWeather(seed: number): ReadonlyMap<number, number | null> {
  const random = createRandom(seed)
  const readings = new Map<number, number | null>()
  for (let n = 0; n < HOURS; n++) {
    const chance = random.next()
    const value = 10 + 6 * Math.sin(n / 4) + random.normal()
    if (chance < 0.05 && n > 0) continue
    readings.set(n, chance < 0.1 ? null : chance < 0.15 ? 90 : value)
  }
  return readings
}

/** Valid values by hour: the rule itself, without anything of the agent. */
function validByHour(readings: ReadonlyMap<number, number | null>): ReadonlyMap<number, number> {
  const valid = new Map<number, number>()
  let state = QUALITY_START
  for (let n = 0; n < HOURS; n++) {
    const value = readings.get(n) ?? null
    const step = checkValue(value, recipe.channels[0]!, state)
    state = step.state
    if (step.flag === 'ok' && value !== null) valid.set(n, value)
  }
  return valid
}

test('what becomes of every forecast is what a naive look at all readings says', async () => {
  const { agent } = await harness.open()
  const readings = roughWeather(11)
  for (const [n, temperature] of readings)
    await agent.observe({ at: hour(n), values: { temperature, windSpeed: n % 9 } })
  await agent.stop()

  const valid = validByHour(readings)
  const last = Math.max(...readings.keys())
  const expected: Record<
    string,
    { issued: number; verified: number; unverifiable: number; expired: number }
  > = {}
  for (const n of [...readings.keys()].filter((hourOfReading) => valid.has(hourOfReading))) {
    const target = n + HORIZON
    const sum = (expected[epochMsToUtcDay(hour(target))] ??= {
      issued: 0,
      verified: 0,
      unverifiable: 0,
      expired: 0,
    })
    sum.issued++
    if (valid.has(target)) sum.verified++
    else if (readings.has(target)) sum.unverifiable++
    else if (last > target + GRACE_STEPS) sum.expired++
  }
  const ledger = [...harness.hub.sums().values()].filter((record) => record.kind === 'ledger')
  expect(
    Object.fromEntries(
      ledger.map(({ day, issued, verified, unverifiable, expired }) => [
        day,
        { issued, verified, unverifiable, expired },
      ]),
    ),
  ).toEqual(expected)
  expect(Object.values(expected).every(({ unverifiable }) => unverifiable === 0)).toBe(false)
  expect(Object.values(expected).every(({ expired }) => expired === 0)).toBe(false)
})

test('evidence of a served model beside persistence is exact, day by day', async () => {
  const { agent } = await harness.open({ settings: { trialForecasts: 5 } })
  const bundle = makeBundle({ version: 1, offset: OFFSET })
  harness.hub.offer(bundle)
  harness.hub.order({ generation: 1, champion: bundle.digest })
  await eventually(
    () => agent.status().servingState,
    (state) => state === 'trial',
  )
  // After the trial a missing value only costs its own forecast.
  const values = Array.from({ length: 100 }, (_, n) => (n > 20 && n % 11 === 0 ? null : temperature(n)))
  for (const [n, value] of values.entries())
    await agent.observe({ at: hour(n), values: { temperature: value, windSpeed: n % 9 } })
  await agent.stop()

  const expected = new Map<
    string,
    { n: number; sumAbs: number; sumDifference: number; sumDifferenceSquared: number }
  >()
  for (const [n, value] of values.entries()) {
    const truth = values[n + HORIZON]
    if (value === null || truth === null || truth === undefined) continue
    const e = Math.abs(Math.fround(Math.fround(value) + Math.fround(OFFSET)) - truth)
    const d = e - Math.abs(value - truth)
    const day = epochMsToUtcDay(hour(n + HORIZON))
    const sum = expected.get(day) ?? { n: 0, sumAbs: 0, sumDifference: 0, sumDifferenceSquared: 0 }
    expected.set(day, {
      n: sum.n + 1,
      sumAbs: sum.sumAbs + e,
      sumDifference: sum.sumDifference + d,
      sumDifferenceSquared: sum.sumDifferenceSquared + d * d,
    })
  }
  const evidence = [...harness.hub.sums().values()].filter((record) => record.kind === 'evidence')
  expect(evidence.map((record) => [record.day, record.source, record.reference, record.n])).toEqual(
    [...expected].map(([day, { n }]) => [day, 'served', 'persistence', n]),
  )
  for (const record of evidence) {
    const sum = expected.get(record.day)!
    for (const name of ['sumAbs', 'sumDifference', 'sumDifferenceSquared'] as const)
      expect(record[name]).toBeCloseTo(sum[name], 9)
  }
})
