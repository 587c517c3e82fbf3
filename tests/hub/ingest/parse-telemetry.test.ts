import { describe, expect, test } from 'vitest'
import { numberOf, parseTelemetry } from '../../../hub/ingest/parse-telemetry.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { encode, evidenceRecord, messageOf, statusRecord } from './telemetry-fixtures.ts'

const message = messageOf('sea-1', 7)
const evidence = evidenceRecord(createRandom(1))
const codeOf = (payload: Uint8Array): string => {
  const parsed = parseTelemetry('sea-1', payload)
  return parsed.ok ? 'ok' : parsed.error.code
}

describe('a message', () => {
  test('that fits is taken', () => {
    const line = encode(message)
    expect(parseTelemetry('sea-1', line)).toEqual({ ok: true, value: { message, line } })
  })
  test('that is signed is taken without its signature', () => {
    const line = encode(message)
    const signed = Buffer.concat([line, Buffer.from(`\neyJhbGciOiJFUzI1NiJ9..${'A'.repeat(86)}`)])
    expect(parseTelemetry('sea-1', signed)).toEqual({ ok: true, value: { message, line: Buffer.from(line) } })
  })
  test.each([
    ['is no JSON', Buffer.from('{"schema":'), 'telemetry/notJson'],
    ['is no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'telemetry/notJson'],
    ['is empty', new Uint8Array(), 'telemetry/notJson'],
    ['is too large', Buffer.alloc(40_000, ' '), 'telemetry/tooLarge'],
    ['is too large only with what follows its line', Buffer.alloc(32_769, '{}\n'), 'telemetry/tooLarge'],
    ['has something else than a signature after its line', Buffer.from('{}\n{}'), 'telemetry/badSignature'],
    ['has a field too many', encode({ ...message, extra: 1 }), 'telemetry/badMessage'],
    ['has no records', encode({ ...message, records: [] }), 'telemetry/badMessage'],
    ['has a number that is none', encode({ ...message, sequence: 1.5 }), 'telemetry/badMessage'],
    ['says its spool begins after it', encode({ ...message, oldest: 8 }), 'telemetry/badMessage'],
    ['holds a character no database keeps', encode({ ...message, schema: '\0' }), 'telemetry/badMessage'],
    ['speaks for another device', encode(messageOf('sea-2', 7)), 'telemetry/wrongDevice'],
  ])('that %s is refused', (_what, payload, code) => {
    expect(codeOf(payload)).toBe(code)
  })
  test.each([
    ['a sum that would overflow the totals', { ...evidence, sumAbs: 1e300 }],
    ['a count that would', { ...evidence, n: 1e12 }],
    ['a day that is none', { ...evidence, day: '2022-13-01' }],
    ['a time beyond the calendar', statusRecord(9e15)],
  ])('with %s is refused: it would stop the fold for everybody', (_what, record) => {
    expect(codeOf(encode({ ...message, records: [record] }))).toBe('telemetry/badMessage')
  })
  test('that is refused says where', () => {
    const records = [{ ...message.records[0], rssMb: -1 }]
    expect(parseTelemetry('sea-1', encode({ ...message, records }))).toMatchObject({
      error: { code: 'telemetry/badMessage', at: 'records.0.rssMb' },
    })
  })
})

describe('the number of a message that cannot be read', () => {
  test('is found in its frame', () => {
    expect(numberOf(Buffer.concat([encode(message).subarray(0, 150), Buffer.from('\xff damaged')]))).toEqual({
      sequence: 7,
      oldest: 1,
    })
  })
  test.each(['', 'nothing', '"sequence":3,"oldest":4,', '"sequence":0,"oldest":0,'])(
    'is none in %j',
    (text) => {
      expect(numberOf(Buffer.from(text))).toBeNull()
    },
  )
})
