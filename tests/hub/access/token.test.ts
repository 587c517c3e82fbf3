import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { days, minutes } from '@fleetcast/shared/units.ts'
import type { Actor } from '../../../hub/access/access-ports.ts'
import { closeDemoAccess, openDemoAccess } from '../../../hub/access/demo-user.ts'
import { inviteAdministrator } from '../../../hub/access/administrator-link.ts'
import { createToken, findTokenActor, revokeToken } from '../../../hub/access/token.ts'
import { acceptInvitation, changeRole, setDisabled } from '../../../hub/access/user.ts'
import { findToken } from '../../../hub/store/queries/access.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'
import { accessOn, enter, must, PASSWORD, START, type TestAccess } from './access-fixtures.ts'

let opened: TemporaryStore
let access: TestAccess
beforeEach(async () => {
  opened = await temporaryStore()
  access = accessOn(opened)
})
afterEach(() => opened.remove())

const session = (user: string, role: Actor['role']): Actor => ({
  kind: 'session',
  user,
  role,
  csrf: '',
})
const wanted = { user: 'alice', name: 'ci', days: 30, maker: null }

describe('a token', () => {
  test('names its user; the hub keeps the hash of its secret only', async () => {
    await enter(access, 'alice', 'releaser')
    const made = must(await createToken(access, { ...wanted, role: 'operator' }))
    expect(made.token).toMatch(/^fct_[0-9a-f]{12}_[\w-]{43}$/)
    expect(must(await findTokenActor(access, made.token))).toMatchObject({ user: 'alice', role: 'operator' })
    const row = await findToken(access.store.db, access.store, made.id)
    expect(JSON.stringify(row)).not.toContain(made.token.split('_').slice(2).join('_'))
  })
  test('with a wrong secret, a wrong id or another form is unknown', async () => {
    await enter(access, 'alice', 'viewer')
    const { token, id } = must(await createToken(access, { ...wanted, role: 'viewer' }))
    const last = token.at(-1) === 'A' ? 'B' : 'A'
    for (const text of ['', 'x', token.slice(0, -1) + last, token.replace(id, '0'.repeat(12)), `${token}x`])
      expect(await findTokenActor(access, text)).toMatchObject({ error: { code: 'access/badToken' } })
  })
  test('expires, and can be revoked at once; only who knows it hears why', async () => {
    await enter(access, 'alice', 'viewer')
    const first = must(await createToken(access, { ...wanted, role: 'viewer' }))
    const second = must(await createToken(access, { ...wanted, role: 'viewer' }))
    must(await revokeToken(access, session('alice', 'viewer'), first.id))
    expect(await findTokenActor(access, first.token)).toMatchObject({
      error: { code: 'access/revokedToken' },
    })
    expect(await findTokenActor(access, `fct_${first.id}_${'A'.repeat(43)}`)).toMatchObject({
      error: { code: 'access/badToken' },
    })
    access.wait(days(30))
    expect(await findTokenActor(access, second.token)).toMatchObject({
      error: { code: 'access/expiredToken' },
    })
  })
  test('does no more than its user may by now, and nothing for who is locked out', async () => {
    await enter(access, 'root', 'admin')
    await enter(access, 'alice', 'releaser')
    const { token } = must(await createToken(access, { ...wanted, role: 'releaser' }))
    must(await changeRole(access, 'alice', 'viewer'))
    expect(must(await findTokenActor(access, token)).role).toBe('viewer')
    must(await setDisabled(access, 'alice', true))
    expect(await findTokenActor(access, token)).toMatchObject({ error: { code: 'access/badToken' } })
  })
  test('may not have a role above its owner or its maker, nor outlive the token that makes it', async () => {
    await enter(access, 'alice', 'releaser')
    const refusedBy = async (input: Parameters<typeof createToken>[1]) => {
      const made = await createToken(access, input)
      return made.ok ? 'made' : made.error.code
    }
    expect(await refusedBy({ ...wanted, role: 'admin' })).toBe('token/roleTooHigh')
    const weak = must(await createToken(access, { ...wanted, role: 'viewer' }))
    const maker = must(await findTokenActor(access, weak.token))
    expect(await refusedBy({ ...wanted, role: 'releaser', maker })).toBe('token/roleTooHigh')
    expect(await refusedBy({ ...wanted, role: 'viewer', days: 31, maker })).toBe('token/outlivesMaker')
    expect(await refusedBy({ ...wanted, role: 'viewer', days: 30, maker })).toBe('made')
    expect(await refusedBy({ ...wanted, user: 'nobody', role: 'viewer' })).toBe('access/unknownUser')
  })
  test('of somebody else is revoked by an administrator only', async () => {
    await enter(access, 'alice', 'viewer')
    const { id, token } = must(await createToken(access, { ...wanted, role: 'viewer' }))
    expect(await revokeToken(access, session('bob', 'releaser'), id)).toMatchObject({
      error: { code: 'token/notFound' },
    })
    expect((await findTokenActor(access, token)).ok).toBe(true)
    must(await revokeToken(access, session('root', 'admin'), id))
    expect((await findTokenActor(access, token)).ok).toBe(false)
  })
  test('keeps when it was used, to the minute', async () => {
    await enter(access, 'alice', 'viewer')
    const { id, token } = must(await createToken(access, { ...wanted, role: 'viewer' }))
    const usedAt = async () => (await findToken(access.store.db, access.store, id))?.usedAt
    must(await findTokenActor(access, token))
    access.wait(minutes(0.5))
    must(await findTokenActor(access, token))
    expect(await usedAt()).toBe(START)
    access.wait(minutes(0.5))
    must(await findTokenActor(access, token))
    expect(await usedAt()).toBe(START + 60_000)
  })
})

describe('the first administrator', () => {
  test('is invited at every start until a password is set; each link voids the one before', async () => {
    const first = await inviteAdministrator(access)
    const second = await inviteAdministrator(access)
    expect(first).not.toBe(second)
    const accept = (secret: string | null) =>
      acceptInvitation(access, { secret: secret ?? '', password: PASSWORD })
    expect((await accept(first)).ok).toBe(false)
    expect(must(await accept(second)).user).toMatchObject({ name: 'admin', role: 'admin' })
    expect(await inviteAdministrator(access)).toBeNull()
  })
})

describe('the demo user', () => {
  test('keeps a token that still works, and gets a new one otherwise', async () => {
    const { token } = await openDemoAccess(access, null)
    expect((await openDemoAccess(access, token)).token).toBe(token)
    access.wait(days(91))
    expect((await openDemoAccess(access, token)).token).not.toBe(token)
  })
  test('may not enter a hub that is started for real, and may again in the demo', async () => {
    const { token } = await openDemoAccess(access, null)
    await closeDemoAccess(access)
    expect((await findTokenActor(access, token)).ok).toBe(false)
    expect(await inviteAdministrator(access)).not.toBeNull()
    expect((await openDemoAccess(access, token)).token).toBe(token)
  })
})
