/** Users and everybody's tokens, for administrators. */
import { useEffect, useState } from 'preact/hooks'
import type { InvitedUser, TokenResource, UserResource } from '../../api/resources/access.ts'
import { ROLES } from '../../store/tables/access-tables.ts'
import { ask, signedIn } from '../ask.ts'
import { now } from '../data.ts'
import { Chip } from '../parts/chip.tsx'
import { Confirm, type Confirmed } from '../parts/confirm.tsx'
import { Field, Form } from '../parts/form.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { TokenTable } from '../parts/token-table.tsx'

type Shown = { readonly users: readonly UserResource[]; readonly tokens: readonly TokenResource[] }

export function UsersPage() {
  const [shown, setShown] = useState<Shown | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [invited, setInvited] = useState<InvitedUser | null>(null)
  const load = async (): Promise<void> => {
    const [users, tokens] = await Promise.all([
      ask<UserResource[]>('/api/v1/users'),
      ask<TokenResource[]>('/api/v1/tokens'),
    ])
    if (users.ok && tokens.ok) setShown({ users: users.value, tokens: tokens.value })
    setProblem(users.ok ? null : users.problem)
  }
  useEffect(() => void load(), [])
  const invite = async (path: string, body: unknown): Promise<string | null> => {
    const answer = await ask<InvitedUser>(path, { body })
    if (!answer.ok) return answer.problem
    setInvited(answer.value)
    await load()
    return null
  }
  if (problem !== null) return <p class="bad">{problem}</p>
  if (shown === null) return <p class="loading">Asking the hub ...</p>
  return (
    <>
      <section>
        <h2>Users</h2>
        {invited === null ? null : (
          <ShownOnce
            title={`Send this link to ${invited.user.name}: it sets a password, works once, within 24 hours.`}
            text={invited.link}
            onClose={() => setInvited(null)}
          />
        )}
        <UserTable
          users={shown.users}
          onChanged={() => void load()}
          onInvite={async (name) => setProblem(await invite(`/api/v1/users/${name}/invitation`, {}))}
        />
        <h3>Add a user</h3>
        <AddUser onAdd={(body) => invite('/api/v1/users', body)} />
      </section>
      <section>
        <h2>Everybody’s API tokens</h2>
        <TokenTable tokens={shown.tokens} onChanged={() => void load()} isOfEverybody />
      </section>
    </>
  )
}

function AddUser({ onAdd }: { onAdd: (body: unknown) => Promise<string | null> }) {
  return (
    <Form
      button="Add and make a link"
      isRow
      onSend={(fields) => onAdd({ name: fields.get('name'), role: fields.get('role') })}
    >
      <Field
        label="Name"
        name="name"
        autocomplete="off"
        maxLength={63}
        pattern="[a-z][a-z0-9._\-]*"
        hint="a-z, 0-9, . _ -"
      />
      <label class="field">
        <span>Role</span>
        <select name="role">
          {ROLES.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </select>
        <small class="quiet">each includes the ones before it</small>
      </label>
    </Form>
  )
}

type UserTableProps = {
  readonly users: readonly UserResource[]
  readonly onChanged: () => void
  readonly onInvite: (name: string) => void
}

function UserTable({ users, onChanged, onInvite }: UserTableProps) {
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null)
  const change = (
    user: UserResource,
    what: Pick<Confirmed, 'title' | 'explanation' | 'path' | 'body'>,
  ): void =>
    setConfirmed({
      ...what,
      path: `/api/v1/users/${user.name}/${what.path}`,
      method: 'PUT',
      needsReason: false,
      onDone: onChanged,
    })
  const changeRole = (user: UserResource, role: string): void =>
    change(user, {
      title: 'Change role',
      explanation: `${user.name} becomes ${role} instead of ${user.role} and has to sign in again.`,
      path: 'role',
      body: { role },
    })
  const changeDisabled = (user: UserResource): void =>
    change(user, {
      title: user.isDisabled ? 'Let in again' : 'Lock out',
      explanation: user.isDisabled
        ? `${user.name} may sign in again; tokens work again.`
        : `${user.name} is signed out everywhere; no password, link or token works.`,
      path: 'disabled',
      body: { isDisabled: !user.isDisabled },
    })
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Users">
      <table class="middle">
        <thead>
          <tr>
            <th>User</th>
            <th>Role</th>
            <th>State</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.name}>
              <td>
                {user.name}
                {user.name === signedIn()?.user ? <span class="quiet"> (you)</span> : null}
              </td>
              <td>
                <select
                  key={user.role}
                  aria-label={`Role of ${user.name}`}
                  value={user.role}
                  onChange={(event) => {
                    const role = event.currentTarget.value
                    event.currentTarget.value = user.role
                    changeRole(user, role)
                  }}
                >
                  {ROLES.map((role) => (
                    <option key={role}>{role}</option>
                  ))}
                </select>
              </td>
              <td>
                <UserState user={user} />
              </td>
              <td class="number">
                <button disabled={user.isDisabled} onClick={() => onInvite(user.name)}>
                  New link
                </button>{' '}
                <button class={user.isDisabled ? '' : 'danger'} onClick={() => changeDisabled(user)}>
                  {user.isDisabled ? 'Let in again' : 'Lock out'}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {confirmed === null ? null : <Confirm what={confirmed} onClose={() => setConfirmed(null)} />}
    </div>
  )
}

function UserState({ user }: { user: UserResource }) {
  if (user.isDisabled) return <Chip tone="bad">✕ locked out</Chip>
  if (user.invitedUntil !== null && user.invitedUntil > now.value)
    return <Chip tone="accent">○ link is open</Chip>
  if (user.hasPassword) return <Chip tone="good">✓ active</Chip>
  return <Chip tone="plain">○ no password</Chip>
}
