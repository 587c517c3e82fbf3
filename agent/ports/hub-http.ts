/** The few HTTP calls that an agent makes: to enrol and to renew its certificate. All throw when no answer comes. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'

export type HubHttp = {
  /** Over TLS that proves nothing about the hub: nothing secret is sent, and what comes is worth what vouches for it. */
  readonly readUnverified: (url: string) => Promise<{ readonly status: number; readonly bytes: Uint8Array }>
  /** Over TLS these authorities (PEM), or the system's, vouch for the hub; plain http stays plain. */
  readonly postJson: (
    url: string,
    body: unknown,
    certificateAuthorities: readonly string[],
  ) => Promise<{ readonly status: number; readonly body: unknown }>
}

/** Where the enrolment is kept, readable by its owner alone. */
export type EnrolmentFile = {
  readonly read: () => Promise<Enrolment | null>
  /** Takes the pending key's place. */
  readonly write: (enrolment: Enrolment) => Promise<void>
  /** The key (PKCS#8 PEM) of an enrolment that has not been answered yet: the hub answers the same key again. */
  readonly readPendingKey: (device: DeviceId) => Promise<string | null>
  readonly writePendingKey: (device: DeviceId, privateKey: string) => Promise<void>
}

/** Makes keys on the device, P-256. */
export type DeviceKeys = {
  /** PKCS#8 PEM. */
  readonly create: () => string
  /** PKCS#10 PEM: proves to the hub that the device holds the key. */
  readonly request: (device: DeviceId, privateKey: string) => Promise<string>
}
