/**
 * MQTT 3.1.1 over mutual TLS with a clean session: nothing is queued in the broker, so the client is made anew for every connection and
 * neither mqtt.js nor the broker ever repeats a message; the spool does, from the hub's watermark.
 */
import type { TLSSocket } from 'node:tls'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { writeToStream } from 'mqtt-packet'
import { DOWN_KINDS, downTopic, upTopic, type DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { ConnectionRefused, type Connection, type OnDown, type Transport } from '../ports/transport.ts'

const CONNECT_TIMEOUT_MS = 10_000
const KEEPALIVE_SECONDS = 30

export type Credentials = Pick<
  Enrolment,
  'device' | 'site' | 'mqttUrl' | 'privateKey' | 'certificate' | 'certificateAuthorities'
>

/** `credentials` is asked at every connection: the certificate may be a new one. */
export function mqttTransport(credentials: () => Credentials): Transport {
  const tickets = createTickets()
  return {
    connect: async (onDown) => {
      // mqtt-packet would keep a Buffer for every 16-bit number: 7 MB, a tenth of a small device's budget.
      writeToStream.cacheNumbers = false
      const shown = credentials()
      const client = mqtt.connect(shown.mqttUrl, optionsOf(shown, tickets.take(shown.certificate)))
      const handshake = watchHandshake(client)
      tickets.collect(client, shown.certificate)
      const closed = closingOf(client)
      listen(client, shown, onDown)
      try {
        await Promise.race([
          opened(client, shown),
          closed.then((reason) => Promise.reject(new Error(reason))),
        ])
      } catch (cause) {
        client.end(true)
        const { message } = cause instanceof Error ? cause : new Error(String(cause))
        throw handshake.isRefusal() ? new ConnectionRefused(handshake.reason() ?? message, { cause }) : cause
      }
      return connectionOver(client, shown, closed)
    },
  }
}

const optionsOf = (
  { device, privateKey, certificate, certificateAuthorities }: Credentials,
  session: Buffer | undefined,
): IClientOptions => ({
  protocolVersion: 4,
  clean: true,
  clientId: device,
  username: device,
  keepalive: KEEPALIVE_SECONDS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  // The connection loop decides when to try again.
  reconnectPeriod: 0,
  queueQoSZero: false,
  key: privateKey,
  cert: certificate,
  // The fleet's own authorities alone: nobody else can vouch for this broker.
  ca: [...certificateAuthorities],
  rejectUnauthorized: true,
  ...{ minVersion: 'TLSv1.2', noDelay: true, session },
})

const streamOf = ({ stream }: MqttClient): TLSSocket => stream as unknown as TLSSocket

/**
 * Did the broker itself say no? A certificate that is not accepted is told by an alert, by an end between handshake and
 * CONNACK, or by the CONNACK; a network that fails, or a broker with a wrong certificate, is something else.
 */
function watchHandshake(client: MqttClient) {
  let isSecure = false
  let isAccepted = false
  let alert: string | null = null
  const stream = streamOf(client)
  stream.on('secureConnect', () => (isSecure = stream.authorized))
  client.once('connect', () => (isAccepted = true))
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith('ERR_SSL_') === true) alert = error.message
  })
  return { isRefusal: () => !isAccepted && (isSecure || alert !== null), reason: () => alert }
}

/** The TLS session of the last connection: with it the next one costs neither side a signature. Never across certificates. */
function createTickets() {
  let last: { readonly session: Buffer; readonly certificate: string } | null = null
  return {
    take: (certificate: string): Buffer | undefined => {
      const session = last?.certificate === certificate ? last.session : undefined
      last = null // one try each: whatever goes wrong with a ticket goes wrong once
      return session
    },
    collect: (client: MqttClient, certificate: string): void => {
      streamOf(client).on('session', (session) => (last = { session, certificate }))
    },
  }
}

/** Resolves once, with the last error or `closed`. */
function closingOf(client: MqttClient): Promise<string> {
  let reason = 'the connection was closed'
  client.on('error', (error) => {
    reason = error.message
  })
  return new Promise((resolve) => {
    client.once('close', () => resolve(reason))
    client.once('end', () => resolve(reason))
  })
}

function listen(client: MqttClient, address: DeviceAddress, onDown: OnDown): void {
  const kindByTopic = new Map(DOWN_KINDS.map((kind) => [downTopic(address, kind), kind]))
  client.on('message', (topic, payload) => {
    const kind = kindByTopic.get(topic)
    if (kind !== undefined) onDown(kind, payload)
  })
}

async function opened(client: MqttClient, address: DeviceAddress): Promise<void> {
  await new Promise<void>((resolve) => client.once('connect', () => resolve()))
  const grants = await client.subscribeAsync(
    Object.fromEntries(
      DOWN_KINDS.map((kind) => [
        downTopic(address, kind),
        { qos: kind === 'want' || kind === 'cmd' ? 1 : 0 },
      ]),
    ),
  )
  const refused = grants.find((grant) => grant.qos > 2)
  if (refused !== undefined) throw new Error(`the broker refuses ${refused.topic}`)
}

function connectionOver(client: MqttClient, address: DeviceAddress, closed: Promise<string>): Connection {
  const ended = closed.then((reason) => Promise.reject(new Error(reason)))
  ended.catch(() => {})
  return {
    publish: async (kind, payload, qos) => {
      const message = typeof payload === 'string' ? payload : Buffer.from(payload)
      await Promise.race([client.publishAsync(upTopic(address, kind), message, { qos }), ended])
    },
    close: async () => {
      client.end(true)
      await closed
    },
    closed,
  }
}
