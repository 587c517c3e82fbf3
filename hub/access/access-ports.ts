/** What deciding over access needs, and who was found to be asking. */
import { minutes, seconds, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../store/store.ts'
import { createAttemptLimit, type AttemptLimit } from './attempt-limit.ts'
import type { Role } from './role.ts'

export type AccessPorts = {
  readonly store: Store
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly limits: { readonly byUser: AttemptLimit; readonly byNetwork: AttemptLimit }
}

/** A person with a cookie, or a program with a token; `role` is what may be done by now. */
export type Actor =
  | {
      readonly kind: 'session'
      readonly user: string
      readonly role: Role
      readonly csrf: string
    }
  | {
      readonly kind: 'token'
      readonly user: string
      readonly role: Role
      readonly tokenId: string
      readonly expiresAt: EpochMs
    }

/** As the audit log names it. */
export const actorName = (actor: Actor): string =>
  actor.kind === 'session' ? actor.user : `${actor.user} (token ${actor.tokenId})`

export const createAccessLimits = (): AccessPorts['limits'] => ({
  byUser: createAttemptLimit({
    freeAttempts: 5,
    firstWait: seconds(2),
    longestWait: minutes(5),
    window: minutes(30),
    keysMax: 10_000,
  }),
  // Many people and stations may share one address.
  byNetwork: createAttemptLimit({
    freeAttempts: 30,
    firstWait: seconds(2),
    longestWait: minutes(5),
    window: minutes(30),
    keysMax: 10_000,
  }),
})
