import { createRandom } from '@fleetcast/shared/random.ts'
import { epochMs, DAY_MS } from '@fleetcast/shared/units.ts'
import { describe, expect, test } from 'vitest'
import { retrainingReasons, type RetrainingInput } from '../../../hub/monitoring/retraining.ts'

const T0 = epochMs(Date.UTC(2022, 0, 1))
const station = (device: string, sumLoss: number, sumLossReference = 100) => ({
  ...{ device, n: 50 },
  ...{ sumLoss, sumLossReference },
})
/** 30 days whose skill is the given one, and whose own ones lie around it. */
function daysAround(skill: number, spread: number) {
  const random = createRandom(7)
  const noise = Array.from({ length: 30 }, () => random.normal())
  const middle = noise.reduce((sum, one) => sum + one, 0) / noise.length
  return noise.map((one) => ({ sumLoss: 10 * (1 - skill + spread * (one - middle)), sumLossReference: 10 }))
}
const codes = (spec: Parameters<typeof retrainingReasons>[0], change: Partial<RetrainingInput> = {}) =>
  retrainingReasons(spec, {
    fleetTime: epochMs(T0 + 100 * DAY_MS),
    dataUntil: T0,
    stations: [station('a', 80), station('b', 90), station('c', 110)],
    days: daysAround(0.067, 0.01),
    ...change,
  }).map(({ code }) => code)

describe('a recipe is due for training', () => {
  test('when the stations have days enough that the version never saw', () => {
    expect(codes({ afterDays: 100 })).toEqual(['retraining/newData'])
    expect(codes({ afterDays: 101 })).toEqual([])
  })
  test('when its skill over all stations has fallen beyond doubt', () => {
    expect(codes({ skillBelow: 0.08 })).toEqual(['retraining/lowSkill'])
    expect(codes({ skillBelow: 0.06 })).toEqual([])
    expect(codes({ skillBelow: 0.08 }, { days: daysAround(0.067, 2) })).toEqual([])
    expect(codes({ skillBelow: 0.08 }, { days: daysAround(0.067, 0.001).slice(0, 19) })).toEqual([])
    expect(codes({ skillBelow: 0.08 }, { days: daysAround(0.067, 0.001).slice(0, 20) })).toHaveLength(1)
  })
  test('when a share of the stations is worse than persistence', () => {
    expect(codes({ worseStationsShare: 0.33 })).toEqual(['retraining/worseStations'])
    expect(codes({ worseStationsShare: 0.34 })).toEqual([])
  })
  test('for every reason at once, and for none that was not asked for', () => {
    expect(codes({ afterDays: 1, skillBelow: 1, worseStationsShare: 0.1 })).toHaveLength(3)
    expect(codes({})).toEqual([])
  })
  test('but never for its skill while no station has forecasts enough', () => {
    expect(codes({ skillBelow: 1, worseStationsShare: 0.01 }, { stations: [] })).toEqual([])
  })
})

test('the reason names numbers and stations', () => {
  const reasons = retrainingReasons(
    { worseStationsShare: 0.1 },
    { fleetTime: T0, dataUntil: T0, stations: [station('sea', 120), station('pdx', 80)], days: [] },
  )
  expect(reasons[0]?.message).toBe('1 of 2 stations are worse than persistence (sea), limit 0.1')
})

test('a fallen skill is told with its bound and its days', () => {
  const reasons = retrainingReasons(
    { skillBelow: 0 },
    { fleetTime: T0, dataUntil: T0, stations: [station('sea', 120)], days: daysAround(-0.2, 0.1) },
  )
  expect(reasons[0]?.message).toMatch(
    /^live skill against persistence is -0\.200, at most -0\.\d\d\d \(95 %, by 30 days\), over 50 forecasts, limit 0$/,
  )
})

test('a skill at its limit is called fallen in one look of twenty', () => {
  const falls = Array.from({ length: 400 }, (_, history) => {
    const random = createRandom(history)
    const days = Array.from({ length: 60 }, () => {
      const weather = 5 + 10 * random.next()
      return { sumLoss: weather * (1 + 0.2 * random.normal()), sumLossReference: weather }
    })
    return codes({ skillBelow: 0 }, { days }).length
  })
  const share = falls.reduce((sum, one) => sum + one, 0) / falls.length
  expect(share).toBeGreaterThan(0.01)
  expect(share).toBeLessThan(0.1)
})
