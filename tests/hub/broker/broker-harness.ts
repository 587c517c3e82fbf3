/** A real broker on a free port, with what it told its ports, and clients over real sockets. */
import { connect, type Socket } from 'node:net'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { createBroker } from '../../../hub/broker/broker.ts'
import type { Broker, BrokerPorts, RefusedTraffic } from '../../../hub/broker/broker-ports.ts'

export const PASSWORD = 'correct horse'

export const addressOf = (device: string): DeviceAddress => ({
  site: SiteId.parse('sea'),
  device: DeviceId.parse(device),
})

export type Harness = {
  readonly broker: Broker
  readonly refused: RefusedTraffic[]
  readonly connections: string[]
  readonly telemetry: { readonly from: string; readonly payload: string }[]
  readonly requests: string[]
  readonly clients: MqttClient[]
  readonly sockets: Socket[]
  readonly close: () => Promise<void>
}

export async function openHarness(over: Partial<BrokerPorts> = {}): Promise<Harness> {
  const harness = {
    refused: [] as RefusedTraffic[],
    connections: [] as string[],
    telemetry: [] as { from: string; payload: string }[],
    requests: [] as string[],
    clients: [] as MqttClient[],
    sockets: [] as Socket[],
  }
  const opened = await createBroker(
    {
      clock: systemClock,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      authenticate: async ({ device, password }) =>
        password === PASSWORD ? ok(addressOf(device)) : refuse('mqtt/notAuthenticated', 'wrong password'),
      telemetry: async ({ device }, payload) => {
        harness.telemetry.push({ from: device, payload: new TextDecoder().decode(payload) })
      },
      request: (_from, payload) => harness.requests.push(new TextDecoder().decode(payload)),
      connection: ({ device }, isConnected) =>
        harness.connections.push(`${device} ${isConnected ? 'on' : 'off'}`),
      refused: (traffic) => harness.refused.push(traffic),
      ...over,
    },
    { host: '127.0.0.1', port: 0 },
  )
  if (!opened.ok) throw new Error(opened.error.message)
  const broker = opened.value
  return {
    ...harness,
    broker,
    close: async () => {
      for (const client of harness.clients) client.end(true)
      for (const socket of harness.sockets) socket.destroy()
      await broker.close()
    },
  }
}

/** Resolves when connected; rejects with the broker's answer. */
export function connectDevice(
  { broker, clients }: Harness,
  device: string,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = mqtt.connect({
    host: '127.0.0.1',
    port: broker.port,
    protocolVersion: 4,
    clientId: device,
    username: device,
    password: PASSWORD,
    reconnectPeriod: 0,
    clean: true,
    ...options,
  })
  clients.push(client)
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client))
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed')))
  })
}

/** A bare socket; what the broker does with it is all that matters. */
export function openSocket({ broker, sockets }: Harness): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: broker.port })
  sockets.push(socket)
  socket.on('error', () => {})
  socket.resume()
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)))
}

export const closing = (of: Socket | MqttClient): Promise<void> =>
  new Promise((resolve) => of.once('close', () => resolve()))

/** Waits for a fact; fails by the test's own timeout. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
