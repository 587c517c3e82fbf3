import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { decodeBlock, encodeBlock } from '@fleetcast/shared/protocol/blocks.ts'
import { decodeJoinString, encodeJoinString } from '@fleetcast/shared/protocol/join-string.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import { downTopic, parseUpTopic, upTopic } from '@fleetcast/shared/protocol/topics.ts'

const address = { site: SiteId.parse('sea'), device: DeviceId.parse('sea-1') }

describe('topics', () => {
  test('a device topic reads back', () => {
    expect(parseUpTopic(upTopic(address, 'telemetry'))).toEqual({ ...address, kind: 'telemetry' })
  })
  test.each([
    downTopic(address, 'want'),
    'fleetcast/v1/sea/sea-1/up/telemetry/more',
    'fleetcast/v1/sea/+/up/telemetry',
    'fleetcast/v1/sea/_hub/up/telemetry',
    'fleetcast/v2/sea/sea-1/up/telemetry',
    '$SYS/heartbeat',
    '',
  ])('%s is no upward topic', (topic) => {
    expect(parseUpTopic(topic)).toBeNull()
  })
})

describe('blocks', () => {
  test('any block reads back', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2_000 }),
        fc.nat(1_000_000),
        fc.nat(30_000_000),
        (bytes, index, fileBytes) => {
          const block = { digest: sha256(bytes), index, fileBytes, bytes }
          const read = decodeBlock(encodeBlock(block))
          expect(read && { ...read, bytes: Uint8Array.from(read.bytes) }).toEqual(block)
        },
      ),
      { seed: 1 },
    )
  })
  test('what is too short or too long is no block', () => {
    expect(decodeBlock(new Uint8Array(39))).toBeNull()
    expect(decodeBlock(new Uint8Array(40 + BLOCK_BYTES + 1))).toBeNull()
  })
})

describe('join strings', () => {
  const ticket = {
    hub: 'http://127.0.0.1:8080',
    device: address.device,
    secret: 'a'.repeat(43),
    pin: 'b'.repeat(43),
  }
  test('read back', () => {
    expect(decodeJoinString(encodeJoinString(ticket))).toEqual({ ok: true, value: ticket })
  })
  test.each([
    '',
    'hello',
    'fleetcast-join:',
    'fleetcast-join:e30',
    `${encodeJoinString(ticket).slice(0, -9)}`,
  ])('%j is refused with a sentence that helps', (text) => {
    const result = decodeJoinString(text)
    expect(result).toMatchObject({ ok: false, error: { code: 'enrolment/badJoinString' } })
    expect(!result.ok && result.error.message).toContain('fleetcast devices add')
  })
})
