/**
 * The embedded MQTT broker: aedes with every setting it needs here. Its own defaults let one frozen reader stop everybody
 * (concurrency), lose messages of mixed QoS (duplicates) and take packets of any size.
 */
import type { EventEmitter } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { assert } from '@fleetcast/shared/assert.ts'
import { BLOCK_BYTES, BLOCK_WINDOW_MAX, WANT_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { downTopic, type DeviceAddress, type DownKind } from '@fleetcast/shared/protocol/topics.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { CONNECTIONS_MAX } from './admission.ts'
import { admitClients } from './admit-client.ts'
import type { Broker, BrokerConfig, BrokerPorts } from './broker-ports.ts'
import { createConnections, type Connections } from './connections.ts'
import { guardPackets } from './packet-guard.ts'
import { receiveTraffic } from './receive-traffic.ts'
import { describeStranger } from './refuse-traffic.ts'
import { createRetainedOrders } from './retained-orders.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** A reader that takes nothing for so long is disconnected. */
const DRAIN_TIMEOUT_MS = 15_000
const KEEPALIVE_SECONDS_MAX = 300
/** Bytes a device may leave unread; beyond it blocks are not sent, and it asks for them again. */
const UNREAD_BYTES_MAX = 2 * BLOCK_WINDOW_MAX * BLOCK_BYTES

export type ListenCode = 'mqtt/portBusy' | 'mqtt/cannotListen'

export async function createBroker(
  ports: BrokerPorts,
  config: BrokerConfig,
): Promise<Result<Broker, Refusal<ListenCode>>> {
  const connections = createConnections(ports)
  const aedes = await openAedes(ports, connections)
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    guardPackets(socket, (refusal) =>
      ports.refused({
        client: describeStranger(socket, ''),
        topic: '',
        sample: new Uint8Array(),
        ...refusal,
      }),
    )
    aedes.handle(socket)
  })
  server.maxConnections = CONNECTIONS_MAX
  const closeAedes = (): Promise<void> => new Promise((resolve) => aedes.close(() => resolve()))
  const listening = await listen(server, config)
  if (!listening.ok) {
    await closeAedes()
    return listening
  }
  server.on('error', (cause) => ports.log.error({ cause }, 'a connection could not be accepted'))
  return ok({
    port: listening.value,
    publishWant: (to, payload) => publishWant(aedes, ports, { to, payload }),
    publishBlock: (to, payload) => send(connections, { to, kind: 'block', payload }),
    publishMetadata: (to, payload) => send(connections, { to, kind: 'metadata', payload }),
    publishAck: (to, payload) => send(connections, { to, kind: 'ack', payload }),
    isConnected: (device) => connections.clientOf(device) !== undefined,
    disconnect: (device) => connections.clientOf(device)?.close(),
    close: async () => {
      server.close()
      await closeAedes()
      for (const socket of sockets) socket.destroy() // those that never became a client
    },
  })
}

async function openAedes(ports: BrokerPorts, connections: Connections): Promise<Aedes> {
  const aedes = await Aedes.createBroker({
    concurrency: 0,
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepaliveLimit: KEEPALIVE_SECONDS_MAX,
    maxClientsIdLength: 63,
    maxTopicLevels: 8,
    persistence: createRetainedOrders(),
    ...admitClients({ ...ports, connections }),
    ...receiveTraffic({ ...ports, connections }),
  })
  connections.follow(aedes)
  routeOnlyFromHub(aedes)
  const emitter: EventEmitter = aedes // aedes' own types leave this event out
  emitter.on('error', (cause: unknown) => ports.log.error({ cause }, 'the broker reports a failure'))
  return aedes
}

/**
 * What devices publish is taken in `receiveTraffic` and goes nowhere else: no device can reach another one, and nothing is
 * spent on looking for subscribers.
 */
function routeOnlyFromHub(aedes: Aedes): void {
  type Done = (error?: Error) => void
  type Publish = (packet: unknown, clientOrDone: unknown, done?: Done) => void
  const routed = aedes as unknown as { publish: Publish }
  const publish = routed.publish.bind(aedes)
  routed.publish = (packet, client, done) =>
    typeof client === 'object' && client !== null && done !== undefined
      ? done()
      : publish(packet, client, done)
}

type Outgoing = { readonly to: DeviceAddress; readonly kind: DownKind; readonly payload: Uint8Array }

/** The same memory as a Buffer, which is what aedes takes. */
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

const packetOf = ({ to, kind, payload }: Outgoing, { qos, retain }: { qos: 0 | 1; retain: boolean }) => ({
  cmd: 'publish' as const,
  topic: downTopic(to, kind),
  payload: asBuffer(payload),
  qos,
  retain,
  dup: false,
})

/** A QoS 0 message to a device that has just gone is lost by definition; it asks again. */
const ignoreGone = (): undefined => undefined

function send(connections: Connections, outgoing: Outgoing): boolean {
  const client = connections.clientOf(outgoing.to.device)
  if (client === undefined || client.closed || client.conn.writableLength > UNREAD_BYTES_MAX) return false
  client.publish(packetOf(outgoing, { qos: 0, retain: false }), ignoreGone)
  return true
}

function publishWant(
  aedes: Aedes,
  { log }: Pick<BrokerPorts, 'log'>,
  { to, payload }: Omit<Outgoing, 'kind'>,
): void {
  assert(payload.length <= WANT_BYTES_MAX, 'an order fits its message')
  aedes.publish(packetOf({ to, kind: 'want', payload }, { qos: 1, retain: true }), (error) => {
    if (error) log.error({ cause: error, device: to.device }, 'an order could not be published')
  })
}

function listen(server: Server, { host, port }: BrokerConfig): Promise<Result<number, Refusal<ListenCode>>> {
  return new Promise((resolve) => {
    const failed = (cause: NodeJS.ErrnoException): void =>
      resolve(
        cause.code === 'EADDRINUSE'
          ? refuse('mqtt/portBusy', `port ${port} is in use; choose another with --mqtt-port`)
          : refuse('mqtt/cannotListen', `${host}:${port} cannot be opened: ${cause.message}`),
      )
    server.once('error', failed)
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off('error', failed)
      const address = server.address()
      resolve(ok(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}
