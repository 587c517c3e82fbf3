import { describe, expect, test } from 'vitest'
import { rollingFolds } from '../../../hub/evaluation/rolling-origin.ts'

const HOUR = 3_600
/** Two stations with the same hours, one after the other, as samples come. */
const timeSeconds = Float64Array.from({ length: 2_000 }, (_, i) => (i % 1_000) * HOUR)
const rows = Int32Array.from({ length: 2_000 }, (_, i) => i)
const embargoSeconds = 50 * HOUR
const folds = rollingFolds({ timeSeconds, rows, folds: 3, embargoSeconds })
const timesOf = (part: Int32Array): number[] => [...part].map((row) => timeSeconds[row]!)

describe('the folds of a rolling origin', () => {
  test('are fitted on rows older than the judged ones by the embargo at least', () => {
    expect(folds).toHaveLength(3)
    for (const { training, validation } of folds)
      expect(Math.min(...timesOf(validation)) - Math.max(...timesOf(training))).toBeGreaterThan(
        embargoSeconds,
      )
  })
  test('judge every row after the first share once', () => {
    const judged = folds.flatMap(({ validation }) => [...validation]).sort((a, b) => a - b)
    expect(new Set(judged).size).toBe(judged.length)
    expect(judged).toEqual([...rows].filter((row) => timeSeconds[row]! >= 400 * HOUR))
  })
  test('grow: each sees all that the one before saw', () => {
    const sizes = folds.map(({ training }) => training.length)
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
    const last = new Set(folds.at(-1)!.training)
    expect([...folds[0]!.training].every((row) => last.has(row))).toBe(true)
  })
  test('are left out where the history before them is shorter than the embargo', () => {
    expect(rollingFolds({ timeSeconds, rows, folds: 2, embargoSeconds: 500 * HOUR })).toHaveLength(1)
  })
  test('use no row they were not given', () => {
    const some = rows.filter((row) => row % 7 !== 0)
    const used = rollingFolds({ timeSeconds, rows: some, folds: 2, embargoSeconds })
    expect(
      used.flatMap(({ training, validation }) => [...training, ...validation]).some((row) => row % 7 === 0),
    ).toBe(false)
  })
})
