import { describe, expect, test } from 'vitest'
import { checkPassword, hashPassword, passwordMatches } from '../../../hub/access/password.ts'

const GOOD = 'correct horse battery staple'

describe('a stored password', () => {
  test('is scrypt with its parameters, salted, and matches only itself', async () => {
    const stored = await hashPassword(GOOD)
    expect(stored).toMatch(/^scrypt\$15\$8\$1\$[\w-]{22}\$[\w-]{43}$/)
    expect(await hashPassword(GOOD)).not.toBe(stored)
    expect(await passwordMatches(GOOD, stored)).toBe(true)
    expect(await passwordMatches(`${GOOD} `, stored)).toBe(false)
  })
  test('is checked with the parameters it was stored with', async () => {
    const weak = 'scrypt$10$8$1$YWFhYWFhYWFhYWFhYWFhYQ$'
    const { scryptSync } = await import('node:crypto')
    const hash = scryptSync(GOOD, Buffer.from('YWFhYWFhYWFhYWFhYWFhYQ', 'base64url'), 32, {
      N: 1024,
      r: 8,
      p: 1,
    })
    expect(await passwordMatches(GOOD, weak + hash.toString('base64url'))).toBe(true)
  })
  test('is the same whether an umlaut is typed as one or as two characters', async () => {
    expect(
      await passwordMatches(
        'Schlüssel fürs Büro',
        await hashPassword('Schlüssel fürs Büro'.normalize('NFD')),
      ),
    ).toBe(true)
  })
  test('nobody’s password matches nothing, not even what the stand-in was made of', async () => {
    expect(await passwordMatches('', null)).toBe(false)
    expect(await passwordMatches(GOOD, null)).toBe(false)
  })
})

describe('a new password', () => {
  test.each([
    ['11 characters', 'abcdefghijk'],
    ['201 characters', `${'abcdefgh'.repeat(25)}x`],
    ['one character, repeated', 'aaaaaaaaaaaaaaaa'],
    ['the user name, repeated', 'aliciaaliciaalicia'],
  ])('is refused: %s', (_what, password) => {
    expect(checkPassword(password, 'alicia')).toMatchObject({
      ok: false,
      error: { code: 'access/weakPassword' },
    })
  })
  test.each([
    ['12 characters', 'abcdefghijkl'],
    ['200 characters', 'abcdefgh'.repeat(25)],
    ['words', GOOD],
  ])('is taken: %s', (_what, password) => {
    expect(checkPassword(password, 'alicia').ok).toBe(true)
  })
})
