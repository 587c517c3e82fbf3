/** The ways in: a password, an invitation that sets one, and the demo's one-time link. */
import { useEffect, useState } from 'preact/hooks'
import type { InvitationResource } from '../../api/resources/access.ts'
import { ask, enter, readSession, signedIn } from '../ask.ts'
import { Field, Form } from '../parts/form.tsx'
import { linkSecret, replacePage } from '../route.ts'

export function SignInPage() {
  return (
    <section class="narrow">
      <h1>Sign in</h1>
      <Form
        button="Sign in"
        onSend={(fields) =>
          enter('/api/v1/session', { user: fields.get('user'), password: fields.get('password') })
        }
      >
        <Field label="User name" name="user" autocomplete="username" maxLength={63} isFirst />
        <Field label="Password" name="password" type="password" autocomplete="current-password" />
      </Form>
      <p class="quiet">
        No password yet, or forgotten? An administrator makes you a new link:{' '}
        <code>fleetcast users invite NAME</code>
      </p>
    </section>
  )
}

type Known = InvitationResource | { readonly problem: string }

/** Who follows an invitation sets a password and is signed in. */
export function InvitationPage() {
  const [known, setKnown] = useState<Known | null>(null)
  const secret = linkSecret.value
  useEffect(() => {
    if (secret === null) return
    void ask<InvitationResource>('/api/v1/invitation/read', { body: { secret } }).then((answer) =>
      setKnown(answer.ok ? answer.value : { problem: answer.problem }),
    )
  }, [secret])
  if (secret === null) return <LinkProblem problem="This address holds no invitation; open the whole link." />
  if (known === null) return <p class="loading">Asking the hub ...</p>
  if ('problem' in known) return <LinkProblem problem={known.problem} />
  const accept = async (fields: ReadonlyMap<string, string>): Promise<string | null> => {
    const password = fields.get('password')
    if (password !== fields.get('again')) return 'the two passwords differ'
    const wrong = await enter('/api/v1/invitation', { secret, password })
    if (wrong === null) replacePage('overview')
    return wrong
  }
  return (
    <section class="narrow">
      <h1>Welcome</h1>
      <p>
        This link makes you <strong>{known.user}</strong>, with the role <strong>{known.role}</strong>. It
        works once.
      </p>
      <Form button="Set password and sign in" onSend={accept}>
        <Field label="User name" name="user" autocomplete="username" value={known.user} isReadOnly />
        <Field
          label="New password"
          name="password"
          type="password"
          autocomplete="new-password"
          minLength={12}
          hint="12 to 200 characters; a few words in a row are fine"
          isFirst
        />
        <Field label="Once more" name="again" type="password" autocomplete="new-password" />
      </Form>
    </section>
  )
}

/** The demo's link signs in by itself; who is signed in already goes on. */
export function EnterPage() {
  const [problem, setProblem] = useState<string | null>(null)
  const secret = linkSecret.value
  useEffect(() => {
    if (secret === null) return
    void follow(secret).then(setProblem)
  }, [secret])
  if (secret === null) return <SignInPage />
  if (problem === null) return <p class="loading">Signing you in ...</p>
  return <LinkProblem problem={problem} />
}

async function follow(secret: string): Promise<string | null> {
  const wrong = await enter('/api/v1/session/link', { secret })
  if (wrong !== null) await readSession()
  if (wrong !== null && signedIn() === null) return wrong
  replacePage('overview')
  return null
}

function LinkProblem({ problem }: { problem: string }) {
  return (
    <section class="narrow">
      <h1>This link does not work</h1>
      <p class="bad" role="alert">
        {problem}
      </p>
      <p>
        <a href="#/overview">Sign in with a password</a>
      </p>
    </section>
  )
}
