/** A real broker on a free port, with what it told its ports, and clients over real sockets. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type SecureContextOptions, type TLSSocket } from 'node:tls'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok } from '@fleetcast/shared/result.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { createBroker } from '../../../hub/broker/broker.ts'
import { createFleetAuthority, type DeviceKeyPair, type FleetAuthority } from '../devices/fleet-authority.ts'
import type { Broker, BrokerPorts, RefusedTraffic } from '../../../hub/broker/broker-ports.ts'

export const addressOf = (device: string): DeviceAddress => ({
  site: SiteId.parse('sea'),
  device: DeviceId.parse(device),
})

export type Harness = {
  readonly broker: Broker
  readonly authority: FleetAuthority
  readonly keys: Map<string, DeviceKeyPair>
  readonly refused: RefusedTraffic[]
  readonly connections: string[]
  readonly telemetry: { readonly from: string; readonly payload: string }[]
  readonly requests: string[]
  readonly clients: MqttClient[]
  readonly sockets: Socket[]
  readonly close: () => Promise<void>
}

export async function openHarness(over: Partial<BrokerPorts> = {}): Promise<Harness> {
  const authority = await createFleetAuthority()
  const harness = {
    authority,
    keys: new Map<string, DeviceKeyPair>(),
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
      authenticate: async ({ name }) => ok(addressOf(name)),
      telemetry: async ({ device }, payload) => {
        harness.telemetry.push({ from: device, payload: new TextDecoder().decode(payload) })
      },
      request: (_from, payload) => harness.requests.push(new TextDecoder().decode(payload)),
      connection: ({ device }, isConnected) =>
        harness.connections.push(`${device} ${isConnected ? 'on' : 'off'}`),
      refused: (traffic) => harness.refused.push(traffic),
      ...over,
    },
    { host: '127.0.0.1', port: 0, authority },
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

/** The key and certificate of a device, made once. */
export async function keysOf({ keys, authority }: Harness, device: string): Promise<DeviceKeyPair> {
  const pair = keys.get(device) ?? (await authority.device(device))
  keys.set(device, pair)
  return pair
}

/** TLS options of a client that shows these keys. */
export const shown = ({ privateKey, certificate, certificateAuthorities }: DeviceKeyPair) => ({
  key: privateKey,
  cert: certificate,
  ca: [...certificateAuthorities],
})

/** Resolves when connected; rejects with the broker's answer. */
export async function connectDevice(
  harness: Harness,
  device: string,
  options: IClientOptions & SecureContextOptions = {},
): Promise<MqttClient> {
  const client = mqtt.connect({
    protocol: 'mqtts',
    host: '127.0.0.1',
    port: harness.broker.port,
    protocolVersion: 4,
    clientId: device,
    username: device,
    reconnectPeriod: 0,
    clean: true,
    ...shown(await keysOf(harness, device)),
    ...options,
  })
  harness.clients.push(client)
  return await new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client))
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed')))
  })
}

const kept = <S extends Socket>({ sockets }: Harness, socket: S): S => {
  sockets.push(socket)
  socket.on('error', () => {})
  socket.resume()
  return socket
}

/** A TLS connection of that device without a client library; what the broker does with it is all that matters. */
export async function openSocket(harness: Harness, device: string): Promise<TLSSocket> {
  return await openTls(harness, shown(await keysOf(harness, device)))
}

/** Resolves when the handshake is over on this side, or when the connection has ended before. */
export function openTls(harness: Harness, options: ConnectionOptions): Promise<TLSSocket> {
  const { broker, authority } = harness
  const socket = kept(
    harness,
    connect({ host: '127.0.0.1', port: broker.port, ca: authority.certificate, ...options }),
  )
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(socket))
    socket.once('close', () => resolve(socket))
  })
}

/** A bare TCP connection. */
export function openTcp(harness: Harness): Promise<Socket> {
  const socket = kept(harness, connectTcp({ host: '127.0.0.1', port: harness.broker.port }))
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
