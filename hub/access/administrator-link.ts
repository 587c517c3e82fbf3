/** The first start: while nobody can administer the hub, every start makes a new one-time link for its administrator. */
import { findUser, insertUser, listUsers } from '../store/queries/access.ts'
import type { AccessPorts } from './access-ports.ts'
import { recordAudit } from './append-audit.ts'
import { inviteUser, isAdmin } from './user.ts'

export const FIRST_ADMINISTRATOR = 'admin'

/** The secret of the link; null when an administrator has set a password. */
export async function inviteAdministrator(
  ports: Pick<AccessPorts, 'store' | 'clock'>,
): Promise<string | null> {
  const { store, clock } = ports
  if ((await listUsers(store.db, store)).some(isAdmin)) return null
  const known = await findUser(store.db, store, FIRST_ADMINISTRATOR)
  if (known !== undefined && (known.role !== 'admin' || known.disabledAt !== null)) return null
  await recordAudit(store, {
    at: clock.now(),
    actor: 'hub',
    action: 'inviteAdministrator',
    subject: `users/${FIRST_ADMINISTRATOR}`,
    details: {},
  })
  if (known === undefined)
    await insertUser(store.db, store, { name: FIRST_ADMINISTRATOR, role: 'admin', createdAt: clock.now() })
  const invited = await inviteUser(ports, FIRST_ADMINISTRATOR)
  return invited.ok ? invited.value : null
}
