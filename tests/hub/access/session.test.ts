import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { days, hours, minutes } from '@fleetcast/shared/units.ts'
import { enterDemo, openDemoAccess } from '../../../hub/access/demo-user.ts'
import { hashSecret } from '../../../hub/access/one-time-secret.ts'
import { findSessionActor, openSession } from '../../../hub/access/session.ts'
import { changePassword, provePassword } from '../../../hub/access/sign-in.ts'
import { acceptInvitation, addUser, changeRole, inviteUser, setDisabled } from '../../../hub/access/user.ts'
import { findSession, findUser } from '../../../hub/store/queries/access.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import { accessOn, enter, must, PASSWORD, type TestAccess } from './access-fixtures.ts'

describe.each(ENGINES)('on %s', (_name, open) => {
  let opened: TemporaryStore
  let access: TestAccess
  beforeEach(async () => {
    opened = await open()
    access = accessOn(opened)
  })
  afterEach(() => opened.remove())

  describe('a session', () => {
    test('is stored by its hash, never by its secret', async () => {
      const { sessionSecret } = await enter(access, 'alice', 'viewer')
      const { store } = access
      expect(await findSession(store.db, store, sessionSecret)).toBeUndefined()
      expect(await findSession(store.db, store, hashSecret(sessionSecret))).toMatchObject({
        user: 'alice',
      })
    })
    test('ends after 12 idle hours, and goes on while it is used', async () => {
      const { sessionSecret } = await enter(access, 'alice', 'viewer')
      for (let i = 0; i < 5; i++) {
        access.wait(hours(11))
        expect(await findSessionActor(access, sessionSecret)).toMatchObject({ user: 'alice', role: 'viewer' })
      }
      access.wait(hours(12))
      expect(await findSessionActor(access, sessionSecret)).toBeNull()
    })
    test('ends after 7 days however much it is used', async () => {
      const { sessionSecret } = await enter(access, 'alice', 'viewer')
      for (let i = 0; i < 15; i++) {
        access.wait(hours(11))
        expect(await findSessionActor(access, sessionSecret)).not.toBeNull()
      }
      access.wait(hours(3))
      expect(await findSessionActor(access, sessionSecret)).toBeNull()
    })
    test('old ones are removed when somebody signs in', async () => {
      const { sessionSecret } = await enter(access, 'alice', 'viewer')
      access.wait(days(8))
      const { store } = access
      await openSession(store.db, access, 'alice')
      expect(await findSession(store.db, store, hashSecret(sessionSecret))).toBeUndefined()
    })
    test.each([
      ['another role', () => changeRole(access, 'alice', 'operator')],
      ['being locked out', () => setDisabled(access, 'alice', true)],
      [
        'a new password',
        () =>
          changePassword(access, { user: 'alice', password: PASSWORD, next: `${PASSWORD}!`, address: '' }),
      ],
      [
        'a followed invitation',
        async () =>
          acceptInvitation(access, {
            secret: must(await inviteUser(access, 'alice')),
            password: `${PASSWORD}?`,
          }),
      ],
    ])('ends by %s', async (_what, change) => {
      const { sessionSecret } = await enter(access, 'alice', 'viewer')
      const other = await enter(access, 'bob', 'viewer')
      must<unknown>(await change())
      expect(await findSessionActor(access, sessionSecret)).toBeNull()
      expect(await findSessionActor(access, other.sessionSecret)).not.toBeNull()
    })
  })

  describe('an invitation', () => {
    test('works once, also when two follow it at the same time', async () => {
      const secret = must(await addUser(access, { name: 'alice', role: 'viewer' }))
      const both = await Promise.all([
        acceptInvitation(access, { secret, password: PASSWORD }),
        acceptInvitation(access, { secret, password: `${PASSWORD} two` }),
      ])
      expect(both.filter(({ ok }) => ok)).toHaveLength(1)
      expect(await acceptInvitation(access, { secret, password: PASSWORD })).toMatchObject({
        error: { code: 'access/badInvitation' },
      })
    })
    test('is void after 24 hours, after a newer one, and for who is locked out', async () => {
      const first = must(await addUser(access, { name: 'alice', role: 'viewer' }))
      const second = must(await inviteUser(access, 'alice'))
      expect((await acceptInvitation(access, { secret: first, password: PASSWORD })).ok).toBe(false)
      access.wait(hours(24))
      expect((await acceptInvitation(access, { secret: second, password: PASSWORD })).ok).toBe(false)
      const third = must(await inviteUser(access, 'alice'))
      must(await setDisabled(access, 'alice', true))
      expect((await acceptInvitation(access, { secret: third, password: PASSWORD })).ok).toBe(false)
    })
    test('stays good when the password is too weak', async () => {
      const secret = must(await addUser(access, { name: 'alice', role: 'viewer' }))
      expect(await acceptInvitation(access, { secret, password: 'short' })).toMatchObject({
        error: { code: 'access/weakPassword' },
      })
      expect((await acceptInvitation(access, { secret, password: PASSWORD })).ok).toBe(true)
    })
    test('of a real user is no way in without a password; the demo’s works once', async () => {
      const secret = must(await addUser(access, { name: 'alice', role: 'viewer' }))
      expect(await enterDemo(access, secret)).toMatchObject({ error: { code: 'access/badInvitation' } })
      const { linkSecret } = await openDemoAccess(access, null)
      expect((await enterDemo(access, linkSecret)).ok).toBe(true)
      expect((await enterDemo(access, linkSecret)).ok).toBe(false)
    })
  })

  describe('signing in', () => {
    const signIn = (user: string, password: string, address = '192.0.2.1') =>
      provePassword(access, { user, password, address })

    test('wrong password, unknown, invited and locked-out users answer alike', async () => {
      await enter(access, 'alice', 'viewer')
      await enter(access, 'gone', 'viewer')
      must(await addUser(access, { name: 'invited', role: 'viewer' }))
      must(await setDisabled(access, 'gone', true))
      const answers = [
        await signIn('alice', 'wrong password'),
        await signIn('nobody', PASSWORD),
        await signIn('invited', PASSWORD),
        await signIn('gone', PASSWORD),
      ]
      for (const answer of answers) expect(answer).toEqual(answers[0])
      expect(answers[0]).toMatchObject({ error: { code: 'access/wrongPassword' } })
    })
    test('many attempts at the same time are no way around the limit', async () => {
      await enter(access, 'alice', 'viewer')
      const guesses = await Promise.all(
        Array.from({ length: 12 }, (_, i) => signIn('alice', `guess number ${i}`, `192.0.2.${i}`)),
      )
      const codes = guesses.map((guess) => (guess.ok ? 'in' : guess.error.code))
      expect(codes.filter((code) => code === 'access/wrongPassword')).toHaveLength(5)
      expect(codes.filter((code) => code === 'access/tooManyAttempts')).toHaveLength(7)
      expect(await signIn('alice', PASSWORD)).toMatchObject({ error: { code: 'access/tooManyAttempts' } })
      access.wait(minutes(5))
      expect((await signIn('alice', PASSWORD)).ok).toBe(true)
      expect(await signIn('alice', 'wrong again')).toMatchObject({ error: { code: 'access/wrongPassword' } })
    })
    test('one address that tries many names is slowed down; others are not', async () => {
      await enter(access, 'alice', 'viewer')
      for (let i = 0; i < 30; i++) await signIn(`user${i}`, 'a guess')
      expect(await signIn('user31', 'a guess')).toMatchObject({ error: { code: 'access/tooManyAttempts' } })
      expect((await signIn('alice', PASSWORD, '198.51.100.1')).ok).toBe(true)
    }, 60_000)
  })

  test('the last administrator can neither be locked out nor demoted', async () => {
    await enter(access, 'root', 'admin')
    must(await addUser(access, { name: 'never-entered', role: 'admin' }))
    expect(await setDisabled(access, 'root', true)).toMatchObject({ error: { code: 'user/lastAdmin' } })
    expect(await changeRole(access, 'root', 'viewer')).toMatchObject({ error: { code: 'user/lastAdmin' } })
    await enter(access, 'second', 'admin')
    expect((await changeRole(access, 'root', 'viewer')).ok).toBe(true)
    const { store } = access
    expect(await findUser(store.db, store, 'root')).toMatchObject({ role: 'viewer' })
  })
})
