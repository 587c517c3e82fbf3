/**
 * MQTT 3.1.1 with a clean session: nothing is queued in the broker, so the client is made anew for every connection and
 * neither mqtt.js nor the broker ever repeats a message; the spool does, from the hub's watermark.
 */
import mqtt, { type MqttClient } from 'mqtt'
import { writeToStream } from 'mqtt-packet'
import { DOWN_KINDS, downTopic, upTopic, type DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import type { Connection, OnDown, Transport } from '../ports/transport.ts'

const CONNECT_TIMEOUT_MS = 10_000
const KEEPALIVE_SECONDS = 30

type Credentials = Pick<Enrolment, 'device' | 'site' | 'mqttUrl' | 'password'>

export const mqttTransport = (enrolment: Credentials): Transport => ({
  connect: async (onDown) => {
    // mqtt-packet would keep a Buffer for every 16-bit number: 7 MB, a tenth of a small device's budget.
    writeToStream.cacheNumbers = false
    const client = mqtt.connect(enrolment.mqttUrl, {
      protocolVersion: 4,
      clean: true,
      clientId: enrolment.device,
      username: enrolment.device,
      password: enrolment.password,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // The connection loop decides when to try again.
      reconnectPeriod: 0,
      queueQoSZero: false,
    })
    const closed = closingOf(client)
    listen(client, enrolment, onDown)
    try {
      await Promise.race([
        opened(client, enrolment),
        closed.then((reason) => Promise.reject(new Error(reason))),
      ])
    } catch (cause) {
      client.end(true)
      throw cause
    }
    return connectionOver(client, enrolment, closed)
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

function listen(client: MqttClient, address: DeviceAddress, onDown: OnDown): void {
  const kindByTopic = new Map(DOWN_KINDS.map((kind) => [downTopic(address, kind), kind]))
  client.on('message', (topic, payload) => {
    const kind = kindByTopic.get(topic)
    if (kind !== undefined) onDown(kind, payload)
  })
}

async function opened(client: MqttClient, address: DeviceAddress): Promise<void> {
  await new Promise<void>((resolve) => client.once('connect', () => resolve()))
  const { stream } = client
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
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
