/** What connected devices publish and subscribe to, checked against who they are. */
import type { AedesOptions } from 'aedes'
import { refuse } from '@fleetcast/shared/result.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { authorizePublish, authorizeSubscribe } from './authorize.ts'
import type { BrokerPorts } from './broker-ports.ts'
import type { Connections } from './connections.ts'
import { refuseTraffic } from './refuse-traffic.ts'

type Receiving = BrokerPorts & { readonly connections: Connections }

/** An error given to `done` closes the connection without an acknowledgement. */
export function receiveTraffic(
  ports: Receiving,
): Required<Pick<AedesOptions, 'authorizePublish' | 'authorizeSubscribe'>> {
  const { connections } = ports
  return {
    authorizePublish: (client, packet, done) => {
      const { topic, payload, retain = false, qos = 0 } = packet
      const address = connections.addressOf(client)
      if (address === undefined) return done(new Error('not authenticated'))
      const allowed = authorizePublish(address, { topic, retain, qos })
      if (!allowed.ok) {
        refuseTraffic(ports, client, { ...allowed.error, topic, payload })
        return done(new Error(allowed.error.message))
      }
      return receive(ports, { address, kind: allowed.value.kind, payload: Buffer.from(payload), done })
    },
    authorizeSubscribe: (client, subscription, done) => {
      const address = connections.addressOf(client)
      const allowed =
        address === undefined
          ? refuse('mqtt/notAuthenticated', 'connect first')
          : authorizeSubscribe(address, subscription.topic)
      if (allowed.ok) return done(null, subscription)
      refuseTraffic(ports, client, { ...allowed.error, topic: subscription.topic })
      return done(new Error(allowed.error.message))
    },
  }
}

type Received = {
  readonly address: DeviceAddress
  readonly kind: string
  readonly payload: Uint8Array
  readonly done: (error?: Error | null) => void
}

/** Telemetry is acknowledged when it is durable: aedes sends the PUBACK once `done` is called. */
function receive(ports: Receiving, { address, kind, payload, done }: Received): void {
  if (kind === 'request') ports.request(address, payload)
  if (kind !== 'telemetry') return done()
  ports.telemetry(address, payload).then(
    () => done(),
    (cause: unknown) => {
      ports.log.error(
        { cause, device: address.device },
        'telemetry could not be stored; the device will send it again',
      )
      done(new Error('not stored'))
    },
  )
}
