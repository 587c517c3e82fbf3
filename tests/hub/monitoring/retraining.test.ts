import { epochMs, DAY_MS } from '@fleetcast/shared/units.ts'
import { describe, expect, test } from 'vitest'
import { retrainingReasons, type RetrainingInput } from '../../../hub/monitoring/retraining.ts'

const T0 = epochMs(Date.UTC(2022, 0, 1))
const station = (device: string, sumLoss: number, sumLossReference = 100) => ({
  ...{ device, n: 50 },
  ...{ sumLoss, sumLossReference },
})
const codes = (spec: Parameters<typeof retrainingReasons>[0], change: Partial<RetrainingInput> = {}) =>
  retrainingReasons(spec, {
    fleetTime: epochMs(T0 + 100 * DAY_MS),
    dataUntil: T0,
    stations: [station('a', 80), station('b', 90), station('c', 110)],
    ...change,
  }).map(({ code }) => code)

describe('a recipe is due for training', () => {
  test('when the stations have days enough that the version never saw', () => {
    expect(codes({ afterDays: 100 })).toEqual(['retraining/newData'])
    expect(codes({ afterDays: 101 })).toEqual([])
  })
  test('when its skill over all stations has fallen', () => {
    expect(codes({ skillBelow: 0.07 })).toEqual(['retraining/lowSkill'])
    expect(codes({ skillBelow: 0.06 })).toEqual([])
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
    { fleetTime: T0, dataUntil: T0, stations: [station('sea', 120), station('pdx', 80)] },
  )
  expect(reasons[0]?.message).toBe('1 of 2 stations are worse than persistence (sea), limit 0.1')
})
