import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { addValue, binOf, emptyProfile } from '@fleetcast/shared/sketches/channel-profile.ts'
import {
  jensenShannonBits,
  maxCdfDistance,
  psi,
  psiOfShares,
  psiWithoutDrift,
  shares,
} from '@fleetcast/shared/sketches/distances.ts'
import { wasserstein1, wasserstein1OfAtoms, type Atom } from '@fleetcast/shared/sketches/wasserstein.ts'

const P = Array.from({ length: 10 }, () => 0.1)
const Q = [0.05, 0.05, 0.08, 0.1, 0.12, 0.12, 0.12, 0.12, 0.12, 0.12]
const points = (values: readonly number[]): Atom[] => values.map((at) => ({ at, weight: 1 / values.length }))

describe('golden numbers (scipy and numpy)', () => {
  test('of the same shares', () => {
    expect(psiOfShares(P, Q)).toBeCloseTo(0.095656, 6)
    expect(jensenShannonBits(P, Q)).toBeCloseTo(0.016999, 6)
    expect(maxCdfDistance(P, Q)).toBeCloseTo(0.12, 12)
  })
  test('of Wasserstein-1 between points', () => {
    expect(wasserstein1OfAtoms(points([0, 1, 3]), points([5, 6, 8]))).toBeCloseTo(5, 12)
    expect(wasserstein1OfAtoms(points([0, 1, 3]), points([0, 1, 3, 3]))).toBeCloseTo(0.416667, 6)
  })
})

describe('PSI of counts', () => {
  test('is finite with empty bins, and says what chance gives', () => {
    const { value, bias } = psi([100, 100, 100], [0, 0, 24])
    expect(value).toBeGreaterThan(1)
    expect(Number.isFinite(value)).toBe(true)
    expect(bias).toBeCloseTo(2 * (1 / 24 + 1 / 300), 12)
  })
  test('without drift has the mean of the golden simulation (B=10, m=2160)', () => {
    const reference = Array.from({ length: 10 }, () => 216)
    const random = createRandom(3)
    const draws = Array.from({ length: 2_000 }, () => {
      const counts = Array.from({ length: 10 }, () => 0)
      for (let i = 0; i < 168; i++) counts[random.integer(10)]! += 1
      return psi(reference, counts).value
    })
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
    // Golden 0.0556 with a drawn reference (m = 2160); here the reference is exact, so 9/168 less smoothing.
    expect(mean).toBeGreaterThan(0.05)
    expect(mean).toBeLessThan(0.056)
    expect(psiWithoutDrift(reference, 168)).toBeCloseTo(mean, 2)
  })
  test('without drift stays far below the large-sample bias where bins are emptier than readings', () => {
    const reference = Array.from({ length: 31 }, () => 850)
    expect(psiWithoutDrift(reference, 24)).toBeCloseTo(0.444, 2)
    expect(psi(reference, [24, ...Array.from({ length: 30 }, () => 0)]).bias).toBeCloseTo(1.25, 2)
  })
})

const counts = fc
  .array(fc.integer({ min: 0, max: 50 }), { minLength: 8, maxLength: 8 })
  .filter((list) => list.some((n) => n > 0))
const halves = (list: readonly number[]): number[] =>
  list.flatMap((count, i) => (i % 2 === 0 ? [count + list[i + 1]!] : []))

describe('distances', () => {
  test('are zero between equals and never negative', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [p, q] = [shares(a), shares(b)]
        for (const distance of [jensenShannonBits, maxCdfDistance]) {
          expect(distance(p, p)).toBeCloseTo(0, 12)
          expect(distance(p, q)).toBeGreaterThanOrEqual(-1e-12)
          expect(distance(p, q)).toBeCloseTo(distance(q, p), 12)
          expect(distance(p, q)).toBeLessThanOrEqual(1 + 1e-12)
        }
        expect(psi(a, b).value).toBeGreaterThanOrEqual(0)
      }),
    )
  })
  test('never grow when bins are joined: binning creates no drift', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const fine = jensenShannonBits(shares(a), shares(b))
        const coarse = jensenShannonBits(shares(halves(a)), shares(halves(b)))
        expect(coarse).toBeLessThanOrEqual(fine + 1e-12)
        expect(maxCdfDistance(shares(halves(a)), shares(halves(b)))).toBeLessThanOrEqual(
          maxCdfDistance(shares(a), shares(b)) + 1e-12,
        )
      }),
    )
  })
})

const EDGES = [-4, -1, 0, 2, 7]
const temperatures = fc.array(fc.double({ noNaN: true, min: -20, max: 30 }), { minLength: 1, maxLength: 60 })

function referenceOf(values: readonly number[]) {
  const profile = values.reduce((sum, value) => addValue(sum, EDGES, value), emptyProfile(EDGES))
  const sums = profile.counts.map((_, bin) =>
    values.filter((value) => binOf(EDGES, value) === bin).reduce((sum, value) => sum + value, 0),
  )
  return {
    edges: EDGES,
    counts: [...profile.counts],
    sums,
    n: profile.n,
    min: profile.min!,
    max: profile.max!,
  }
}

describe('Wasserstein-1 from counts', () => {
  test('differs from that of the raw readings by no more than it says', () => {
    fc.assert(
      fc.property(temperatures, temperatures, (trained, seen) => {
        const day = seen.reduce((sum, value) => addValue(sum, EDGES, value), emptyProfile(EDGES))
        const { value, errorMax } = wasserstein1(referenceOf(trained), day)
        const exact = wasserstein1OfAtoms(points(trained), points(seen))
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(errorMax + 1e-9)
      }),
      { numRuns: 500 },
    )
  })
  test('of a day shifted by three degrees is three degrees, within its error', () => {
    const random = createRandom(11)
    const trained = Array.from({ length: 4_000 }, () => 10 * random.normal())
    const edges = Array.from({ length: 30 }, (_, i) => -29 + 2 * i)
    const fill = (values: readonly number[]) =>
      values.reduce((sum, value) => addValue(sum, edges, value), emptyProfile(edges))
    const reference = fill(trained)
    const sums = edges
      .concat(0)
      .map((_, bin) =>
        trained.filter((value) => binOf(edges, value) === bin).reduce((sum, value) => sum + value, 0),
      )
    const { value, errorMax } = wasserstein1(
      {
        edges,
        counts: [...reference.counts],
        sums,
        n: reference.n,
        min: reference.min!,
        max: reference.max!,
      },
      fill(trained.map((value) => value + 3)),
    )
    expect(Math.abs(value - 3)).toBeLessThan(0.1)
    expect(errorMax).toBeLessThan(3)
  })
  test('places the training data at its exact bin means', () => {
    const day = addValue(emptyProfile(EDGES), EDGES, 0.7)
    expect(wasserstein1(referenceOf([0.1, 0.1, 1.9]), day).value).toBeCloseTo(0, 12)
  })
  test('of one reading is exact on its side: it stands at its own place', () => {
    const day = addValue(emptyProfile(EDGES), EDGES, 5.5)
    const { value } = wasserstein1(referenceOf([1]), day)
    expect(value).toBeCloseTo(4.5, 12)
  })
})
