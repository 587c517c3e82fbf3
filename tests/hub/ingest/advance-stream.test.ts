import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { AHEAD_MAX, advanceStream, type Stream } from '../../../hub/ingest/advance-stream.ts'

const NEW: Stream = { watermark: 0, accepted: 0, duplicates: 0, lost: 0, ahead: new Set() }
const message = (sequence: number, oldest = 1, isStored = true) => ({ sequence, oldest, isStored })
const of = (...messages: ReturnType<typeof message>[]) => advanceStream(NEW, messages)

describe('the watermark', () => {
  test('follows numbers without a gap, in whatever order they come', () => {
    expect(of(message(2), message(1), message(4)).stream).toEqual({
      ...NEW,
      watermark: 2,
      accepted: 3,
      ahead: new Set([4]),
    })
  })
  test('jumps over what the device has dropped, which is lost', () => {
    expect(of(message(1), message(5, 5)).stream).toMatchObject({ watermark: 5, accepted: 2, lost: 3 })
  })
  test('does not count as lost what had arrived above the gap', () => {
    expect(of(message(3), message(6, 6)).stream).toEqual({ ...NEW, watermark: 6, accepted: 2, lost: 4 })
  })
  test('passes a message that could not be read, which is neither stored nor accepted', () => {
    const { stream, fresh } = of(message(1), message(2, 1, false), message(3))
    expect(stream).toEqual({ ...NEW, watermark: 3, accepted: 2 })
    expect(fresh.map(({ sequence }) => sequence)).toEqual([1, 3])
  })
})

test('what came before is a duplicate, below the watermark and above a gap', () => {
  const { stream, fresh } = of(message(1), message(1), message(3), message(3))
  expect(stream).toMatchObject({ accepted: 2, duplicates: 2, watermark: 1 })
  expect(fresh.map(({ sequence }) => sequence)).toEqual([1, 3])
})

describe('numbers that no honest device sends', () => {
  test('the largest there are cost no time', () => {
    const { stream } = of(message(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
    expect(stream).toMatchObject({ watermark: Number.MAX_SAFE_INTEGER, lost: Number.MAX_SAFE_INTEGER - 1 })
  })
  test('an oldest above the message itself drops nothing above it', () => {
    expect(of(message(3, 1_000)).stream).toMatchObject({ watermark: 3, lost: 2 })
  })
  test('far above a gap they are given back, so that what is remembered stays small', () => {
    const { stream, fresh, beyond } = of(message(AHEAD_MAX + 1), message(AHEAD_MAX))
    expect(stream).toMatchObject({ watermark: 0, accepted: 1, ahead: new Set([AHEAD_MAX]) })
    expect([fresh[0]?.sequence, beyond[0]?.sequence]).toEqual([AHEAD_MAX, AHEAD_MAX + 1])
  })
})

test('however the spool was cut and repeated: accepted and lost add up to the watermark', () => {
  const random = createRandom(11)
  let stream = NEW
  const kept = new Set<number>()
  let oldest = 1
  for (let round = 0; round < 2_000; round++) {
    if (random.integer(20) === 0) oldest += random.integer(5)
    const messages = Array.from({ length: 1 + random.integer(4) }, () =>
      message(oldest + random.integer(12), oldest),
    )
    const advanced = advanceStream(stream, messages)
    for (const { sequence } of advanced.fresh) {
      expect(kept.has(sequence)).toBe(false)
      kept.add(sequence)
    }
    stream = advanced.stream
    expect(stream.accepted).toBe(kept.size)
    expect(stream.accepted + stream.lost).toBe(stream.watermark + stream.ahead.size)
    expect(stream.ahead.has(stream.watermark + 1)).toBe(false)
  }
})
