import { describe, expect, test } from 'vitest'
import { encodeMessage, groupRecords } from '@fleetcast/agent/telemetry/cut-messages.ts'
import { TELEMETRY_BYTES_MAX, TELEMETRY_RECORDS_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { TelemetryMessage } from '@fleetcast/shared/protocol/telemetry.ts'

const event = (message: string): string =>
  JSON.stringify({ kind: 'event', at: 0, code: 'update/installed', severity: 'info', message })
const message = (records: string): string =>
  encodeMessage({
    device: 'd'.repeat(63),
    sequence: 9_007_199_254_740_991,
    oldest: 9_007_199_254_740_991,
    sentAt: 1e13,
    records,
  })

describe('records packed into messages', () => {
  test('fit the largest message and keep their order, also with letters of several bytes', () => {
    const texts = Array.from({ length: 300 }, (_, i) => event(`${i} ${'°'.repeat(300)}`))
    const groups = groupRecords(texts)
    expect(groups.length).toBeGreaterThan(1)
    for (const group of groups)
      expect(Buffer.byteLength(message(group))).toBeLessThanOrEqual(TELEMETRY_BYTES_MAX)
    expect(groups.join(',')).toBe(texts.join(','))
  })
  test('are never more than a message may hold', () => {
    const sizes = groupRecords(Array.from({ length: 450 }, () => event('x'))).map(
      (group) => JSON.parse(`[${group}]`).length,
    )
    expect(sizes).toEqual([TELEMETRY_RECORDS_MAX, TELEMETRY_RECORDS_MAX, 50])
  })
  test('read back by the schema of the wire', () => {
    const text = encodeMessage({
      device: 'sea-1',
      sequence: 7,
      oldest: 3,
      sentAt: 12.6,
      records: groupRecords([event('x')])[0]!,
    })
    expect(TelemetryMessage.parse(JSON.parse(text))).toMatchObject({ sequence: 7, oldest: 3, sentAt: 13 })
  })
})
