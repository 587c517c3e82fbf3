/**
 * The embedded MQTT broker: aedes with every setting it needs here. Its own defaults let one frozen reader stop everybody
 * (concurrency), lose messages of mixed QoS (duplicates) and take packets of any size.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AuthenticateError, type Client, type ConnectPacket } from 'aedes'
import { downTopic, type DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { createAdmission } from './admission.ts'
import { authorizePublish, authorizeSubscribe, authorizeWill } from './authorize.ts'
import type { Broker, BrokerConfig, BrokerPorts } from './broker-ports.ts'
import { guardPacketSize } from './packet-guard.ts'
import { createRetainedOrders } from './retained-orders.ts'

const SAMPLE_BYTES = 512
const NOT_AUTHORIZED = 5
const CONNECT_TIMEOUT_MS = 10_000
/** A reader that takes nothing for so long is disconnected. */
const DRAIN_TIMEOUT_MS = 15_000
const KEEPALIVE_SECONDS_MAX = 300

export async function createBroker(
  ports: BrokerPorts,
  config: BrokerConfig,
): Promise<Result<Broker, Refusal<'mqtt/portBusy'>>> {
  const addressByClient = new WeakMap<Client, DeviceAddress>()
  const clientByDevice = new Map<string, Client>()
  const aedes = await Aedes.createBroker({
    concurrency: 0,
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepaliveLimit: KEEPALIVE_SECONDS_MAX,
    maxClientsIdLength: 63,
    maxTopicLevels: 8,
    persistence: createRetainedOrders(),
    ...handlers(ports, addressByClient, () => clientByDevice.size),
  })
  trackConnections(aedes, { ports, addressByClient, clientByDevice })
  const server = createServer({ noDelay: true }, (socket) => {
    guardPacketSize(socket, (bytes) => refusedSocket(ports, socket, bytes))
    aedes.handle(socket)
  })
  const listening = await listen(server, config)
  if (!listening.ok) {
    await new Promise<void>((resolve) => aedes.close(() => resolve()))
    return listening
  }
  const send = (to: DeviceAddress, kind: 'block' | 'ack', payload: Uint8Array): boolean => {
    const client = clientByDevice.get(to.device)
    if (client === undefined || client.closed) return false
    client.publish(
      {
        cmd: 'publish',
        topic: downTopic(to, kind),
        payload: Buffer.from(payload),
        qos: 0,
        retain: false,
        dup: false,
      },
      ignoreGone,
    )
    return true
  }
  return ok({
    port: listening.value,
    publishWant: (to, payload) =>
      aedes.publish(
        {
          cmd: 'publish',
          topic: downTopic(to, 'want'),
          payload: Buffer.from(payload),
          qos: 1,
          retain: true,
          dup: false,
        },
        (error) => {
          if (error)
            ports.log.error(
              { cause: error, device: to.device },
              'an order could not be published; it goes out again with the next connection',
            )
        },
      ),
    publishBlock: (to, payload) => send(to, 'block', payload),
    publishAck: (to, payload) => send(to, 'ack', payload),
    isConnected: (device) => clientByDevice.has(device),
    disconnect: (device) => clientByDevice.get(device)?.close(),
    close: async () => {
      server.close()
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
    },
  })
}

/** A QoS 0 message to a device that has just gone is lost by definition; it asks again. */
const ignoreGone = (): undefined => undefined

function refusedSocket({ refused }: BrokerPorts, socket: Socket, bytes: number): void {
  const message = `a packet announced at least ${bytes} bytes`
  refused({
    client: socket.remoteAddress ?? '',
    topic: '',
    code: 'mqtt/tooLarge',
    message,
    sample: new Uint8Array(),
  })
}

type ConnectWithWill = ConnectPacket & {
  readonly will?: { readonly topic: string; readonly retain?: boolean }
}

function handlers(
  ports: BrokerPorts,
  addressByClient: WeakMap<Client, DeviceAddress>,
  connections: () => number,
) {
  const admission = createAdmission(ports.clock)
  const willByClient = new WeakMap<Client, NonNullable<ConnectWithWill['will']>>()
  const refused = (
    client: Client | null,
    refusal: Refusal,
    at: { topic: string; payload?: Uint8Array | string },
  ): void =>
    ports.refused({
      client: client?.id ?? '',
      topic: at.topic.slice(0, 200),
      ...refusal,
      sample: Buffer.from(at.payload ?? '').subarray(0, SAMPLE_BYTES),
    })
  return {
    preConnect: (
      client: Client,
      packet: ConnectPacket,
      done: (error: Error | null, isAdmitted: boolean) => void,
    ) => {
      neutraliseDuplicates(client)
      if (!admission.admit(connections())) return done(null, false)
      if (!packet.clean) {
        refused(
          client,
          {
            code: 'mqtt/persistentSession',
            message: 'connect with a clean session; state comes back by itself',
          },
          { topic: '' },
        )
        return done(new Error('clean sessions only'), false)
      }
      const { will } = packet as ConnectWithWill
      if (will !== undefined) willByClient.set(client, will)
      return done(null, true)
    },
    authenticate: (
      client: Client,
      username: string | undefined,
      password: Buffer | undefined,
      done: (error: AuthenticateError | null, isKnown: boolean | null) => void,
    ) => {
      const claim = { device: username ?? '', password: password?.toString() ?? '' }
      const will = willByClient.get(client)
      ports
        .authenticate(claim)
        .then((known): Result<DeviceAddress, Refusal> => {
          if (!known.ok) return known
          if (client.id !== known.value.device)
            return refuse('mqtt/wrongClientId', 'the client id is the device id')
          const willAllowed =
            will === undefined
              ? ok(undefined)
              : authorizeWill(known.value, { topic: will.topic, retain: will.retain === true })
          return willAllowed.ok ? known : willAllowed
        })
        .then((known) => {
          if (known.ok) addressByClient.set(client, known.value)
          else refused(client, known.error, { topic: '' })
          done(known.ok ? null : notAuthorized(), known.ok)
        })
        .catch((cause: unknown) => {
          ports.log.error({ cause }, 'a device could not be authenticated')
          done(notAuthorized(), false)
        })
    },
    authorizePublish: (
      client: Client | null,
      packet: { topic: string; payload: Buffer | string; retain?: boolean },
      done: (error?: Error | null) => void,
    ) => {
      const address = client === null ? undefined : addressByClient.get(client)
      if (client === null || address === undefined) return done(new Error('not authenticated'))
      const allowed = authorizePublish(address, { topic: packet.topic, retain: packet.retain === true })
      if (!allowed.ok) {
        refused(client, allowed.error, packet)
        return done(new Error(allowed.error.message))
      }
      return receive(ports, { address, kind: allowed.value.kind, payload: Buffer.from(packet.payload), done })
    },
    authorizeSubscribe: (
      client: Client,
      subscription: { topic: string },
      done: (error: Error | null, subscription?: never) => void,
    ) => {
      const address = addressByClient.get(client)
      const allowed =
        address === undefined
          ? refuse('mqtt/notAuthenticated', 'connect first')
          : authorizeSubscribe(address, subscription.topic)
      if (allowed.ok) return done(null, subscription as never)
      refused(client, allowed.error, subscription)
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
function receive(ports: BrokerPorts, { address, kind, payload, done }: Received): void {
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

const notAuthorized = (): AuthenticateError =>
  Object.assign(new Error('not authorized'), { returnCode: NOT_AUTHORIZED as never })

/**
 * aedes drops a packet whose counter is lower than the last delivered one, and its QoS 1 and retained paths are
 * asynchronous: 0 of 1,000 messages arrived when levels were mixed (aedes issues 955, 994). Devices have no overlapping
 * subscriptions, so nothing is delivered twice without it.
 */
function neutraliseDuplicates(client: Client): void {
  Object.defineProperty(client, 'duplicates', { get: () => ({}), set: () => undefined })
}

type Tracking = {
  readonly ports: BrokerPorts
  readonly addressByClient: WeakMap<Client, DeviceAddress>
  readonly clientByDevice: Map<string, Client>
}

function trackConnections(aedes: Aedes, { ports, addressByClient, clientByDevice }: Tracking): void {
  aedes.on('clientReady', (client) => {
    const address = addressByClient.get(client)
    if (address === undefined) return
    clientByDevice.set(address.device, client)
    ports.connection(address, true)
  })
  aedes.on('clientDisconnect', (client) => {
    const address = addressByClient.get(client)
    // A second connection of the same device takes over; the first one's end says nothing about the device.
    if (address === undefined || clientByDevice.get(address.device) !== client) return
    clientByDevice.delete(address.device)
    ports.connection(address, false)
  })
  for (const event of ['clientError', 'connectionError'] as const)
    aedes.on(event, (client, error) =>
      ports.log.info({ client: client.id, reason: error.message }, 'a connection ended with an error'),
    )
}

function listen(
  server: Server,
  { host, port }: BrokerConfig,
): Promise<Result<number, Refusal<'mqtt/portBusy'>>> {
  return new Promise((resolve) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      resolve(
        refuse(
          'mqtt/portBusy',
          cause.code === 'EADDRINUSE'
            ? `port ${port} is in use; choose another with --mqtt-port`
            : cause.message,
        ),
      ),
    )
    server.listen({ host, port, backlog: 4096 }, () => {
      const address = server.address()
      resolve(ok(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}
