/** From a CONNECT to a known device: limits first, since they cost nothing, then the certificate's name and key. */
import type { AedesOptions, AuthenticateError, Client, ConnectPacket } from 'aedes'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { createAdmission } from './admission.ts'
import { authorizeWill } from './authorize.ts'
import type { BrokerPorts } from './broker-ports.ts'
import type { Connections } from './connections.ts'
import { peerIdentityOf } from './peer-identity.ts'
import { refuseTraffic } from './refuse-traffic.ts'

/** Return codes of CONNACK (MQTT 3.1.1, table 3.1). */
const SERVER_UNAVAILABLE = 3
const NOT_AUTHORIZED = 5

type Will = { readonly topic: string; readonly retain?: boolean; readonly qos?: number }
type ConnectWithWill = ConnectPacket & { readonly will?: Will }

type Admitting = BrokerPorts & { readonly connections: Connections }

export function admitClients(ports: Admitting): Required<Pick<AedesOptions, 'preConnect' | 'authenticate'>> {
  const admission = createAdmission(ports)
  const willByClient = new WeakMap<Client, Will>()
  return {
    preConnect: (client, packet, done) => {
      neutraliseDuplicates(client)
      if (!admission.admit(ports.connections.count())) {
        sayNo(client, SERVER_UNAVAILABLE)
        return done(new Error('too many connections'), false)
      }
      if (packet.clean !== true) {
        const message = 'connect with a clean session; state comes back by itself'
        refuseTraffic(ports, client, { code: 'mqtt/persistentSession', message, claimed: packet.clientId })
        sayNo(client, NOT_AUTHORIZED)
        return done(new Error(message), false)
      }
      const { will } = packet as ConnectWithWill
      if (will !== undefined) willByClient.set(client, will)
      return done(null, true)
    },
    authenticate: (client, username, _password, done) => {
      prove(ports, client, { username, will: willByClient.get(client) })
        .then((known) => {
          if (known.ok) ports.connections.know(client, known.value)
          else refuseTraffic(ports, client, known.error)
          done(known.ok ? null : notAuthorized(), known.ok)
        })
        .catch((cause: unknown) => {
          ports.log.error({ cause }, 'a device could not be authenticated')
          done(notAuthorized(), false)
        })
    },
  }
}

async function prove(
  { authenticate }: Admitting,
  client: Client,
  { username, will }: { username: string | null | undefined; will: Will | undefined },
): Promise<Result<DeviceAddress, Refusal>> {
  const peer = peerIdentityOf(client)
  if (peer === null)
    return refuse('mqtt/noCertificate', 'connect with the certificate that enrolment gave out')
  // An MQTT client id is the name of a session: who takes another's would evict it.
  if (client.id !== peer.name || (username != null && username !== peer.name))
    return refuse(
      'mqtt/wrongClientId',
      "client id, and user name if there is one, are the certificate's name",
    )
  const known = await authenticate(peer)
  if (!known.ok || will === undefined) return known
  const { topic, retain = false, qos = 0 } = will
  const allowed = authorizeWill(known.value, { topic, retain, qos })
  return allowed.ok ? ok(known.value) : allowed
}

/** aedes answers only what it refuses itself. CONNACK without a session, then the code. */
function sayNo(client: Client, returnCode: number): void {
  client.conn.write(Buffer.of(0x20, 2, 0, returnCode))
}

const notAuthorized = (): AuthenticateError =>
  Object.assign(new Error('not authorized'), { returnCode: NOT_AUTHORIZED as never })

/**
 * aedes drops a packet whose counter is lower than the last delivered one, and its QoS 1 and retained paths are
 * asynchronous: 0 of 1,000 messages arrived when levels were mixed (aedes issues 955, 994). Devices have no overlapping
 * subscriptions, so nothing is delivered twice without it.
 */
function neutraliseDuplicates(client: Client): void {
  Object.defineProperty(client, 'duplicates', { get: () => ({}) })
}
