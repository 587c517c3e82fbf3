import { createRandom } from '@fleetcast/shared/random.ts'
import { expect, test } from 'vitest'
import { sortFloats } from '../../../hub/training/gbdt/sort-floats.ts'

test('floats are sorted as comparing them would, whatever their size and sign, and their source is left alone', () => {
  const random = createRandom(6)
  for (const n of [0, 1, 2, 300, 5_000]) {
    const values = Float32Array.from({ length: n }, (_, i) =>
      i % 5 === 0 ? Math.round(3 * random.normal()) : random.normal() * 10 ** (random.integer(76) - 38),
    )
    values.set([Infinity, -Infinity, 0, -0, 3.4e38, -3.4e38, 1e-45, -1e-45].slice(0, n))
    const before = values.slice()
    expect(sortFloats(values)).toEqual(values.toSorted())
    expect(values).toEqual(before)
  }
})
