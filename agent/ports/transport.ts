import type { DownKind, UpKind } from '@fleetcast/shared/protocol/topics.ts'

/** One connection of this device; it ends once and is never reused. */
export type Connection = {
  /** QoS 1 resolves with the broker's acknowledgement, QoS 0 when written; rejects when the connection ends first. */
  readonly publish: (kind: UpKind, payload: Uint8Array | string, qos: 0 | 1) => Promise<void>
  readonly close: () => Promise<void>
  /** Resolves with the reason when the connection has ended, whoever ended it. */
  readonly closed: Promise<string>
}

/** The callback only enqueues and returns. */
export type OnDown = (kind: DownKind, payload: Uint8Array) => void

/** Resolves once the broker has accepted the device and its exact subscriptions. */
export type Transport = { readonly connect: (onDown: OnDown) => Promise<Connection> }

/** The broker answered and did not let this device in: its certificate has expired, or it is not wanted. */
export class ConnectionRefused extends Error {}
