/** The hub as a client of a broker that is not its own: MQTT 3.1.1 over mutual TLS, a clean session and a client made anew each time. */
import mqtt, { type MqttClient } from 'mqtt'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { BrokerLink, LinkConnection, OnTraffic } from '../broker/broker-link.ts'
import { HUB_NAME } from '../devices/server-certificate.ts'

const CONNECT_TIMEOUT_MS = 10_000
const KEEPALIVE_SECONDS = 30

/** PEM texts; the certificate's common name is `_hub`. */
export type LinkCredentials = {
  readonly certificateAuthorities: readonly string[]
  readonly certificate: string
  readonly privateKey: string
}

/** `seed`: of the pauses between two attempts. */
export const createMqttLink = (
  url: string,
  { credentials, seed }: { readonly credentials: LinkCredentials; readonly seed: number },
): BrokerLink => ({
  url,
  random: createRandom(seed),
  connect: async (filter, onTraffic) => {
    const client = mqtt.connect(url, {
      protocolVersion: 4,
      clean: true,
      clientId: HUB_NAME,
      ca: [...credentials.certificateAuthorities],
      cert: credentials.certificate,
      key: credentials.privateKey,
      rejectUnauthorized: true,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // The external broker's loop decides when to try again; so nothing is ever queued in this client.
      reconnectPeriod: 0,
      queueQoSZero: false,
    })
    const closed = closingOf(client)
    receive(client, onTraffic)
    try {
      await Promise.race([opened(client, filter), closed.then((reason) => Promise.reject(new Error(reason)))])
    } catch (cause) {
      client.end(true)
      throw cause
    }
    return connectionOver(client, closed)
  },
})

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

/** mqtt.js reads the next packet when `done` is called (its `handleMessage` is made to be replaced). */
function receive(client: MqttClient, onTraffic: OnTraffic): void {
  client.handleMessage = ({ topic, payload }, done) => {
    onTraffic(topic, typeof payload === 'string' ? Buffer.from(payload) : payload).then(
      () => done(),
      (cause: unknown) => done(cause instanceof Error ? cause : new Error(String(cause))),
    )
  }
}

async function opened(client: MqttClient, filter: string): Promise<void> {
  await new Promise<void>((resolve) => client.once('connect', () => resolve()))
  const { stream } = client
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
  await client.subscribeAsync(filter, { qos: 1 })
}

function connectionOver(client: MqttClient, closed: Promise<string>): LinkConnection {
  const ended = closed.then((reason) => Promise.reject(new Error(reason)))
  ended.catch(() => {})
  return {
    publish: async ({ topic, payload, qos, retain }) => {
      const { buffer, byteOffset, byteLength } = payload
      const bytes = Buffer.from(buffer, byteOffset, byteLength)
      await Promise.race([client.publishAsync(topic, bytes, { qos, retain }), ended])
    },
    unsentBytes: () => client.stream.writableLength,
    close: async () => {
      client.end(true)
      await closed
    },
    closed,
  }
}
