/** A real store with a clock that the test moves, and people to enter it. */
import { epochMs, ms, type DurationMs } from '@fleetcast/shared/units.ts'
import { createAccessLimits, type AccessPorts } from '../../../hub/access/access-ports.ts'
import type { Role } from '../../../hub/access/role.ts'
import { acceptInvitation, addUser, type Entered } from '../../../hub/access/user.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { TemporaryStore } from '../temporary-store.ts'

export const START = epochMs(Date.parse('2026-03-01T12:00:00Z'))
export const PASSWORD = 'correct horse battery staple'

export type TestAccess = AccessPorts & { readonly wait: (duration: DurationMs) => void }

export function accessOn({ store }: Pick<TemporaryStore, 'store'>): TestAccess {
  let passed = 0
  return {
    store,
    clock: { now: () => epochMs(START + passed), monotonic: () => ms(passed) },
    limits: createAccessLimits(),
    wait: (duration) => (passed += duration),
  }
}

export function must<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}

/** Adds a user who has followed the invitation. */
export async function enter(access: AccessPorts, name: string, role: Role): Promise<Entered> {
  const secret = must(await addUser(access, { name, role }))
  return must(await acceptInvitation(access, { secret, password: PASSWORD }))
}
