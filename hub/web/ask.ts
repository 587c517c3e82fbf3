/** Asking the hub, as whoever is signed in; a change carries the session's CSRF token. */
import { signal } from '@preact/signals'
import type { SessionResource } from '../api/resources/access.ts'
import type { Problem } from '../api/resources/problem.ts'
import { mayDo, type Role } from '../access/role.ts'

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string }

/** Who is signed in; `asking` until the hub has said it once. */
export const session = signal<SessionResource | 'asking' | 'signedOut'>('asking')

export const signedIn = (): SessionResource | null =>
  typeof session.value === 'string' ? null : session.value

/** True when the signed-in user's role includes `required`. */
export const may = (required: Role): boolean => {
  const me = signedIn()
  return me !== null && mayDo(me.role, required)
}

type Change = { readonly method?: 'POST' | 'PUT'; readonly body: unknown }

/** Reads, or changes when there is a body. */
export async function ask<T>(path: string, change?: Change): Promise<Outcome<T>> {
  try {
    const response = await fetch(path, change === undefined ? {} : requestOf(change))
    const answer: unknown = await response.json()
    if (response.ok) return { ok: true, value: answer as T }
    const problem = answer as Problem
    // A session that is over leads to the sign-in page; the address stays, so that one comes back to it.
    if (problem.code === 'access/notSignedIn') session.value = 'signedOut'
    return { ok: false, problem: `${problem.detail} (${problem.code})` }
  } catch {
    return { ok: false, problem: 'the hub does not answer' }
  }
}

function requestOf({ method = 'POST', body }: Change): RequestInit {
  return {
    method,
    headers: { 'content-type': 'application/json', 'x-csrf-token': signedIn()?.csrfToken ?? '' },
    body: JSON.stringify(body),
  }
}

/** Asks who is signed in; a hub that does not answer leaves it as it is. */
export async function readSession(): Promise<void> {
  const outcome = await ask<SessionResource>('/api/v1/session')
  if (outcome.ok) session.value = outcome.value
}

/** Enters by a password, a link or an invitation; null, or what is wrong. */
export async function enter(path: string, body: unknown): Promise<string | null> {
  const outcome = await ask<SessionResource>(path, { body })
  if (!outcome.ok) return outcome.problem
  session.value = outcome.value
  return null
}

export async function signOut(): Promise<void> {
  await ask('/api/v1/session/end', { body: {} })
  session.value = 'signedOut'
}
