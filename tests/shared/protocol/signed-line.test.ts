import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { flattenedVerify, FlattenedSign } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  createLineSigner,
  isSignedBy,
  lineKey,
  SIGNATURE_BYTES,
  splitSignedLine,
} from '@fleetcast/shared/protocol/signed-line.ts'

const device = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const spki = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64')
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const LINE = '{"device":"sea-1","sequence":7,"message":"é and a \\n inside"}'
const signed = createLineSigner(pem(device.privateKey))(LINE)
const key = lineKey(spki(device.publicKey))!
const isGood = (message: string, by = key): boolean => {
  const split = splitSignedLine(bytes(message))
  return split.ok && isSignedBy(by, split.value)
}

describe('a signed line', () => {
  test('is the line, a newline and 108 characters', () => {
    expect(signed.startsWith(`${LINE}\n`)).toBe(true)
    expect(Buffer.byteLength(signed) - Buffer.byteLength(LINE)).toBe(SIGNATURE_BYTES)
    const split = splitSignedLine(bytes(signed))
    expect(split.ok && Buffer.from(split.value.line).toString()).toBe(LINE)
  })
  test('is accepted by the key that signed it and by no other', () => {
    expect(isGood(signed)).toBe(true)
    expect(isGood(signed, lineKey(spki(other.publicKey))!)).toBe(false)
  })
  test('is no longer good when one character of the line is another', () => {
    expect(isGood(signed.replace('"sequence":7', '"sequence":8'))).toBe(false)
  })
  test('is no longer good when one character of the signature is another', () => {
    const at = signed.length - 40
    expect(isGood(`${signed.slice(0, at)}${signed[at] === 'A' ? 'B' : 'A'}${signed.slice(at + 1)}`)).toBe(
      false,
    )
  })
  test('keeps its signature to itself: it does not fit another line', () => {
    expect(isGood(`{"device":"sea-2"}\n${signed.split('\n')[1]}`)).toBe(false)
  })
  test('without a signature is a line that nobody signed', () => {
    const split = splitSignedLine(bytes(LINE))
    expect(split).toEqual({ ok: true, value: { line: bytes(LINE), signature: null } })
    expect(isGood(LINE)).toBe(false)
  })
})

describe('what follows the line is refused when it', () => {
  const jws = signed.split('\n')[1]!
  const header = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  test.each([
    ['is empty', ''],
    ['is cut short', jws.slice(0, -1)],
    ['goes on', `${jws}A`],
    ['is followed by another line', `${jws}\n`],
    ['carries its payload', jws.replace('..', `.${Buffer.from(LINE).toString('base64url')}.`)],
    ['names no algorithm', `${header({ alg: 'none' })}..`],
    ['names another algorithm', `${header({ alg: 'HS256' })}..${'A'.repeat(86)}`],
    ['names a key', `${header({ alg: 'ES256', kid: 'mine' })}..${jws.split('..')[1]}`],
    ['is no base64url', jws.slice(0, -1).concat('=')],
    ['is huge', 'A'.repeat(100_000)],
  ])('%s', (_what, rest) => {
    expect(splitSignedLine(bytes(`${LINE}\n${rest}`))).toMatchObject({
      ok: false,
      error: { code: 'telemetry/badSignature' },
    })
  })
})

describe('another implementation (jose)', () => {
  test('verifies our signature', async () => {
    const [header, , signature] = signed.split('\n')[1]!.split('.')
    const verified = await flattenedVerify(
      { protected: header!, payload: Buffer.from(LINE).toString('base64url'), signature: signature! },
      device.publicKey,
      { algorithms: ['ES256'] },
    )
    expect(verified.protectedHeader).toEqual({ alg: 'ES256' })
  })
  test('makes signatures that we verify', async () => {
    const jws = await new FlattenedSign(bytes(LINE))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(device.privateKey)
    expect(isGood(`${LINE}\n${jws.protected}..${jws.signature}`)).toBe(true)
  })
})

test('a key of another kind is no key for reports', () => {
  expect(lineKey(spki(generateKeyPairSync('ed25519').publicKey))).toBeNull()
  expect(lineKey(spki(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey))).toBeNull()
  expect(() => createLineSigner(pem(generateKeyPairSync('ed25519').privateKey))).toThrow('P-256')
})
