import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'

/** The one HTTP call an agent makes: enrolment. Throws when no answer comes. */
export type HubHttp = {
  readonly postJson: (
    url: string,
    body: unknown,
  ) => Promise<{ readonly status: number; readonly body: unknown }>
}

/** Where the enrolment is kept, readable by its owner alone. */
export type EnrolmentFile = {
  readonly read: () => Promise<Enrolment | null>
  readonly write: (enrolment: Enrolment) => Promise<void>
}
