/** A hub's TLS broker with its servers of metadata and blocks, and one station's real connection to it, all in this process. */
import { mqttTransport } from '@fleetcast/agent/adapters/mqtt-transport.ts'
import { systemClock } from '@fleetcast/agent/adapters/system-clock.ts'
import { AgentSettings } from '@fleetcast/agent/config/agent-settings.ts'
import { ConnectionLoop } from '@fleetcast/agent/connection/connection-loop.ts'
import { Mailbox } from '@fleetcast/agent/connection/mailbox.ts'
import { createBlockSource, createMetadataChannel } from '@fleetcast/agent/connection/request-channels.ts'
import { systemClock as hubClock } from '@fleetcast/hub/adapters/system-clock.ts'
import { createBlockServer } from '@fleetcast/hub/broker/block-server.ts'
import { createBroker } from '@fleetcast/hub/broker/broker.ts'
import type { Broker } from '@fleetcast/hub/broker/broker-ports.ts'
import { createMetadataServer } from '@fleetcast/hub/broker/metadata-server.ts'
import { routeRequests } from '@fleetcast/hub/broker/route-request.ts'
import type { MetadataFiles } from '@fleetcast/hub/desired/director-files.ts'
import type { BlobFiles } from '@fleetcast/hub/ports/blob-files.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { ok } from '@fleetcast/shared/result.ts'
import type { FleetAuthority } from '../tests/hub/devices/fleet-authority.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
/** The budget is not what is measured. */
const UNBOUNDED = 1_000_000_000

export type BenchHub = { readonly broker: Broker; readonly close: () => Promise<void> }

export type HubContent = { readonly files: MetadataFiles; readonly blobs: Pick<BlobFiles, 'read'> }

export const NOTHING: HubContent = { files: async () => null, blobs: { read: async () => null } }

const addressOf = (name: string): DeviceAddress => ({
  site: SiteId.parse('bench'),
  device: DeviceId.parse(name),
})

export async function openBenchHub(authority: FleetAuthority, content: HubContent): Promise<BenchHub> {
  const link: { broker: Broker | null } = { broker: null }
  const refused = (_from: DeviceAddress, _code: string, message: string): void => assert(false, message)
  const ports = { clock: hubClock, log, refused }
  const metadata = createMetadataServer(
    { ...ports, files: content.files, send: (to, payload) => link.broker!.publishMetadata(to, payload) },
    UNBOUNDED,
  )
  const blocks = createBlockServer(
    { ...ports, source: content.blobs, send: (to, payload) => link.broker!.publishBlock(to, payload) },
    UNBOUNDED,
  )
  const broker = await createBroker(
    {
      clock: hubClock,
      log,
      authenticate: async ({ name }) => ok(addressOf(name)),
      telemetry: async () => {},
      request: routeRequests({ blocks: blocks.request, metadata: metadata.request }),
      connection: () => {},
      refused: ({ message }) => assert(false, `the benchmark is refused: ${message}`),
    },
    { host: '127.0.0.1', port: 0, authority },
  )
  assert(broker.ok, 'a free port can be opened')
  link.broker = broker.value
  const stopping = new AbortController()
  const loops = [metadata.loop(stopping.signal), blocks.loop(stopping.signal)]
  return {
    broker: broker.value,
    close: async () => {
      stopping.abort()
      await Promise.all(loops)
      await broker.value.close()
    },
  }
}

export const settings = AgentSettings.parse({})

/** One station over MQTT with mutual TLS. */
export async function openStation(authority: FleetAuthority, port: number) {
  const name = 'bench-1'
  const keys = await authority.device(name)
  const mailbox = new Mailbox()
  const transport = mqttTransport(() => ({
    ...addressOf(name),
    ...keys,
    mqttUrl: `mqtts://127.0.0.1:${port}`,
  }))
  const ports = { transport, clock: systemClock, random: createRandom(1), log }
  const connection = new ConnectionLoop(ports, {
    settings,
    onDown: (kind, payload) => mailbox.put(kind, payload),
    onConnected: () => {},
  })
  const stopping = new AbortController()
  const running = connection.run(stopping.signal)
  await connection.whenConnected(stopping.signal)
  const line = { connection, mailbox }
  return {
    device: DeviceId.parse(name),
    signal: stopping.signal,
    channel: createMetadataChannel(ports, line),
    blocks: createBlockSource(ports, line),
    close: async () => {
      stopping.abort()
      await running
    },
  }
}

export type Station = Awaited<ReturnType<typeof openStation>>

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!
