import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

/** What was refused, for the counters and the quarantine. */
export type RefusedTraffic = {
  /** The device id once it has shown its password; else a description with spaces, which no device id has. */
  readonly client: string
  readonly topic: string
  readonly code: string
  readonly message: string
  readonly sample: Uint8Array
}

export type BrokerPorts = {
  readonly clock: Clock
  readonly log: Log
  readonly authenticate: (claim: {
    device: string
    password: string
  }) => Promise<Result<DeviceAddress, Refusal>>
  /** Resolves when the message is durable; only then is it acknowledged to the device. Throws when it could not be stored. */
  readonly telemetry: (from: DeviceAddress, payload: Uint8Array) => Promise<void>
  readonly request: (from: DeviceAddress, payload: Uint8Array) => void
  readonly connection: (device: DeviceAddress, isConnected: boolean) => void
  readonly refused: (traffic: RefusedTraffic) => void
}

export type BrokerConfig = { readonly host: string; readonly port: number }

export type Broker = {
  readonly port: number
  /** Retained, QoS 1, on the device's `want` topic; at most WANT_BYTES_MAX. */
  readonly publishWant: (to: DeviceAddress, payload: Uint8Array) => void
  /** QoS 0 straight into the device's connection; false when it is not there or does not read what it was sent before. */
  readonly publishBlock: (to: DeviceAddress, payload: Uint8Array) => boolean
  readonly publishMetadata: (to: DeviceAddress, payload: Uint8Array) => boolean
  readonly publishAck: (to: DeviceAddress, payload: Uint8Array) => boolean
  readonly isConnected: (device: DeviceId | string) => boolean
  readonly disconnect: (device: DeviceId) => void
  readonly close: () => Promise<void>
}
