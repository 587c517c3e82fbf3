/** Many parts of the same rows are looked at: chance in one of them must not become a verdict. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { expect, test } from 'vitest'
import { compareLosses } from '../../../hub/runs/compare/compare-losses.ts'
import { syntheticSeries } from './synthetic-series.ts'

const DAYS = 120
const ROWS = DAYS * 24
const series = Array.from({ length: 12 }, (_, i) => syntheticSeries(`station-${i}`, 48, i))
const samples = {
  seriesIndex: Int32Array.from({ length: ROWS }, (_, row) => row % series.length),
  timeSeconds: Float64Array.from({ length: ROWS }, (_, row) => 1_600_000_000 + row * 3_600),
}
const rows = Int32Array.from({ length: ROWS }, (_, row) => row)

/** Two models that are as good as each other; chance differs at every station. */
function chance(seed: number) {
  const random = createRandom(seed)
  const losses = () => Float64Array.from(rows, () => 1 + 0.3 * random.normal())
  const [lossA, lossB, persistence] = [losses(), losses(), losses()]
  const input = { series, samples, rows, horizonSeconds: 86_400, horizon: '24 h' }
  return compareLosses({ ...input, lossA, lossB, persistence })
}

test('models that are equal are seldom told apart anywhere, though single intervals miss 0', () => {
  const found = Array.from({ length: 40 }, (_, i) => chance(i + 1).slices.slice(1))
  const misses = ({ interval }: (typeof found)[number][number]): boolean =>
    interval !== null && (interval.lower > 0 || interval.upper < 0)
  const isTold = ({ verdict }: (typeof found)[number][number]): boolean =>
    verdict === 'better' || verdict === 'worse'
  expect(found.filter((slices) => slices.some(misses)).length).toBeGreaterThan(12)
  expect(found.filter((slices) => slices.some(isTold)).length).toBeLessThan(6)
})

test('the same losses give the same answer again', () => {
  expect(chance(3)).toEqual(chance(3))
})
