import type { Random } from '@fleetcast/shared/random.ts'

export type LinkMessage = {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1
  readonly retain: boolean
}

/** One connection of the hub to such a broker; it ends once and is never reused. */
export type LinkConnection = {
  /** QoS 1 resolves with the broker's acknowledgement, QoS 0 when written; rejects when the connection ends first. */
  readonly publish: (message: LinkMessage) => Promise<void>
  /** Bytes that were written and that the broker has not taken yet. */
  readonly unsentBytes: () => number
  readonly close: () => Promise<void>
  /** Resolves with the reason when the connection has ended, whoever ended it. */
  readonly closed: Promise<string>
}

/** No further message is read from the socket until this resolves: how a hub that cannot keep up pushes back. */
export type OnTraffic = (topic: string, payload: Uint8Array) => Promise<void>

/** Resolves once the broker has accepted the hub and answered its subscription; what that answer grants means nothing. */
export type BrokerLink = {
  readonly url: string
  readonly random: Pick<Random, 'next'>
  readonly connect: (filter: string, onTraffic: OnTraffic) => Promise<LinkConnection>
}
