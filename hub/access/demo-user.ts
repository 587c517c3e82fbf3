/**
 * The demo runs without questions: its user `demo` may do everything, enters by a one-time link without a password, and has
 * a token that the demo program reads from a file. Without --demo that user is disabled.
 */
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { findUser, insertUser, updateUser } from '../store/queries/access.ts'
import type { AccessPorts } from './access-ports.ts'
import { recordAudit } from './append-audit.ts'
import { createToken, findTokenActor, TOKEN_DAYS_DEFAULT } from './token.ts'
import { enterByInvitation, findInvitation, inviteUser, type Entered } from './user.ts'

export const DEMO_USER = 'demo'

type Ports = Pick<AccessPorts, 'store' | 'clock'>

export type DemoAccess = { readonly linkSecret: string; readonly token: string }

/** Makes or wakes the demo user; `knownToken` goes on when it still works. */
export async function openDemoAccess(ports: Ports, knownToken: string | null): Promise<DemoAccess> {
  const { store, clock } = ports
  await recordAudit(store, {
    at: clock.now(),
    actor: 'hub',
    action: 'openDemoAccess',
    subject: `users/${DEMO_USER}`,
    details: {},
  })
  await insertUser(store.db, store, { name: DEMO_USER, role: 'admin', createdAt: clock.now() })
  await updateUser(store.db, store, DEMO_USER, { role: 'admin', disabledAt: null })
  const invited = await inviteUser(ports, DEMO_USER)
  if (!invited.ok) throw new Error(invited.error.message)
  return { linkSecret: invited.value, token: await demoToken(ports, knownToken) }
}

async function demoToken(ports: Ports, knownToken: string | null): Promise<string> {
  if (knownToken !== null) {
    const actor = await findTokenActor(ports, knownToken)
    if (actor.ok && actor.value.user === DEMO_USER && actor.value.role === 'admin') return knownToken
  }
  const made = await createToken(ports, {
    user: DEMO_USER,
    name: 'demo program',
    role: 'admin',
    days: TOKEN_DAYS_DEFAULT,
    maker: null,
  })
  if (!made.ok) throw new Error(made.error.message)
  return made.value.token
}

/** A state folder that the demo has used, started for real: the demo user may not enter. */
export async function closeDemoAccess({ store, clock }: Ports): Promise<void> {
  const user = await findUser(store.db, store, DEMO_USER)
  if (user === undefined || user.disabledAt !== null || user.passwordHash !== null) return
  await recordAudit(store, {
    at: clock.now(),
    actor: 'hub',
    action: 'closeDemoAccess',
    subject: `users/${DEMO_USER}`,
    details: {},
  })
  await updateUser(store.db, store, DEMO_USER, { disabledAt: clock.now() })
}

/** Signs in by the demo's link; any other invitation needs a password. */
export async function enterDemo(
  ports: Ports,
  secret: string,
): Promise<Result<Entered, Refusal<'access/badInvitation'>>> {
  const invited = await findInvitation(ports, secret)
  if (!invited.ok) return invited
  if (invited.value.name !== DEMO_USER)
    return refuse('access/badInvitation', 'this link is an invitation; it asks for a password')
  return enterByInvitation(ports, secret, {})
}
