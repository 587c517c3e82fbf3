import { expect, test } from 'vitest'
import { normalCdf, normalQuantile } from '@fleetcast/shared/statistics/normal.ts'

test.each([
  [0, 0.5],
  [1, 0.841344746],
  [-1.644853627, 0.05],
  [1.959963985, 0.975],
  [3.090232306, 0.999],
])('P(Z <= %f) = %f, both ways', (z, p) => {
  expect(normalCdf(z)).toBeCloseTo(p, 6)
  expect(normalQuantile(p)).toBeCloseTo(z, 4)
})
