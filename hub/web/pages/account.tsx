/** Who one is, one's own tokens, and a new password. */
import { useEffect, useState } from 'preact/hooks'
import type { MadeTokenResource, SessionResource, TokenResource } from '../../api/resources/access.ts'
import { ROLES } from '../../store/tables/access-tables.ts'
import { mayDo } from '../../access/role.ts'
import { ask, enter, signOut } from '../ask.ts'
import { Chip } from '../parts/chip.tsx'
import { Field, Form } from '../parts/form.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { TokenTable } from '../parts/token-table.tsx'

export function AccountPage({ me }: { me: SessionResource }) {
  return (
    <>
      <section>
        <p class="row">
          <h1>{me.user}</h1>
          <Chip tone="accent">{me.role}</Chip>
          {me.isDemoUser ? <Chip tone="warn">demo user</Chip> : null}
          <span class="spacer" />
          <button onClick={() => void signOut()}>Sign out</button>
        </p>
        {me.isDemoUser ? (
          <p class="quiet">
            The demo made this user, who may do everything and has no password. A hub started without --demo
            does not let it in.
          </p>
        ) : null}
      </section>
      <OwnTokens me={me} />
      {me.isDemoUser ? null : <NewPassword />}
    </>
  )
}

function OwnTokens({ me }: { me: SessionResource }) {
  const [tokens, setTokens] = useState<readonly TokenResource[]>([])
  const [made, setMade] = useState<string | null>(null)
  const load = async (): Promise<void> => {
    const answer = await ask<TokenResource[]>('/api/v1/tokens')
    if (answer.ok) setTokens(answer.value.filter(({ user }) => user === me.user))
  }
  useEffect(() => void load(), [])
  const create = async (fields: ReadonlyMap<string, string>): Promise<string | null> => {
    const body = { name: fields.get('name'), role: fields.get('role'), days: Number(fields.get('days')) }
    const answer = await ask<MadeTokenResource>('/api/v1/tokens', { body })
    if (!answer.ok) return answer.problem
    setMade(answer.value.token)
    await load()
    return null
  }
  return (
    <section>
      <h2>Your API tokens</h2>
      {made === null ? null : <ShownOnce title="The new token." text={made} onClose={() => setMade(null)} />}
      <TokenTable tokens={tokens} onChanged={() => void load()} />
      <h3>Make a token</h3>
      <Form button="Make token" onSend={create} isRow>
        <Field label="What it is for" name="name" autocomplete="off" maxLength={100} />
        <label class="field">
          <span>May do</span>
          <select name="role">
            {ROLES.filter((role) => mayDo(me.role, role)).map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
        <Field label="Days" name="days" type="number" autocomplete="off" value="90" />
      </Form>
    </section>
  )
}

function NewPassword() {
  const [isDone, setDone] = useState(false)
  const change = async (fields: ReadonlyMap<string, string>): Promise<string | null> => {
    const newPassword = fields.get('new')
    if (newPassword !== fields.get('again')) return 'the two passwords differ'
    const wrong = await enter('/api/v1/password', { password: fields.get('password'), newPassword })
    setDone(wrong === null)
    return wrong
  }
  return (
    <section>
      <h2>New password</h2>
      {isDone ? <p class="good">✓ Changed; every other session of yours has ended.</p> : null}
      <Form button="Change password" onSend={change} isRow>
        <Field label="Present password" name="password" type="password" autocomplete="current-password" />
        <Field label="New password" name="new" type="password" autocomplete="new-password" minLength={12} />
        <Field label="Once more" name="again" type="password" autocomplete="new-password" />
      </Form>
    </section>
  )
}
