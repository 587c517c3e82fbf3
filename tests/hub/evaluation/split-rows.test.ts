import { describe, expect, test } from 'vitest'
import { splitRows } from '../../../hub/evaluation/split-rows.ts'

const HOUR = 3_600
const [WINDOW, HORIZON] = [72 * HOUR, 24 * HOUR]
const start = Date.UTC(2013, 0, 1) / 1_000
const times = Float64Array.from({ length: 8_760 }, (_, i) => start + i * HOUR)
const split = splitRows(times, WINDOW + HORIZON)
const parts = ['training', 'validation', 'test'] as const

describe('the split of one year', () => {
  test('shares no reading between parts', () => {
    const owner = new Map<number, string>()
    const shared: number[] = []
    for (const part of parts)
      for (const row of split[part])
        for (let time = times[row]! - WINDOW + HOUR; time <= times[row]! + HORIZON; time += HOUR) {
          if ((owner.get(time) ?? part) !== part) shared.push(time)
          owner.set(time, part)
        }
    expect(shared).toEqual([])
  })
  test('has every season in every part', () => {
    for (const part of parts) {
      const quarters = [...split[part]].map((row) =>
        Math.floor(new Date(times[row]! * 1_000).getUTCMonth() / 3),
      )
      expect(new Set(quarters).size).toBe(4)
    }
  })
  test('gives half of the rows to training and an eighth to each judge', () => {
    expect(split.training.length / times.length).toBeGreaterThan(0.5)
    for (const part of ['validation', 'test'] as const)
      expect(Math.abs(split[part].length / times.length - 1 / 7.5)).toBeLessThan(0.02)
  })
})
