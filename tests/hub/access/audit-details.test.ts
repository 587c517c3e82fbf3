import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainJson, summariseBody } from '../../../hub/access/audit-details.ts'

describe('what the log keeps of a body', () => {
  test('leaves out what is secret, by name and by form, at any depth', () => {
    const secret = 'hunter2-hunter2'
    const kept = summariseBody({
      user: 'alice',
      password: secret,
      newPassword: secret,
      csr: secret,
      list: [{ joinSecret: secret, apiToken: secret, privateKey: secret }],
      note: 'fleetcast-join:abc',
      other: '-----BEGIN PRIVATE KEY-----',
      text: 'see fct_0123456789ab_x',
      jws: 'eyJhbGciOiJFUzI1NiJ9..c2ln',
    })
    expect(JSON.stringify(kept)).not.toMatch(/hunter2|fleetcast-join|BEGIN|fct_|eyJ/)
    expect(kept).toMatchObject({ user: 'alice', password: '(left out)' })
  })
  test('is at most 2 kB, whatever comes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (body) => {
        expect(Buffer.byteLength(JSON.stringify(summariseBody(body)))).toBeLessThanOrEqual(2_048)
      }),
    )
    const large = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`name${i}`.repeat(9), 'x'.repeat(999)]),
    )
    expect(summariseBody(large)).toMatchObject({ tooLongToKeep: true })
  })
  test('is the same after a way through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (body) => {
        const plain = plainJson(body)
        expect(JSON.parse(JSON.stringify(plain))).toEqual(plain)
        expect(JSON.stringify(plain)).not.toContain('\\u0000')
      }),
    )
  })
})
