import { expect, test } from 'vitest'
import { greatCircleKm } from '@fleetcast/shared/geo.ts'

const EWR = { latitude: 40.6925, longitude: -74.1686 }
const SEA = { latitude: 47.449, longitude: -122.3093 }

test('Newark and Seattle are about 3,865 km apart, either way round', () => {
  expect(greatCircleKm(EWR, SEA)).toBeGreaterThan(3_845)
  expect(greatCircleKm(EWR, SEA)).toBeLessThan(3_885)
  expect(greatCircleKm(SEA, EWR)).toBe(greatCircleKm(EWR, SEA))
})
test('the date line is no distance', () => {
  expect(greatCircleKm({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBeCloseTo(
    111.195,
    2,
  )
})
