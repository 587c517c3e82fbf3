/** Joins the broker with what it feeds: telemetry intake, block requests, connections and refusals. */
import { DeviceId } from '@fleetcast/shared/ids.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { createBlockServer } from '../broker/block-server.ts'
import { createBroker } from '../broker/broker.ts'
import type { Broker, RefusedTraffic } from '../broker/broker-ports.ts'
import { authenticateDevice } from '../devices/enrol-device.ts'
import { createTelemetryIntake } from '../ingest/accept-telemetry.ts'
import { foldTelemetryLoop } from '../ingest/fold-telemetry.ts'
import { createBundleSource } from '../registry/bundle-source.ts'
import { appendEvents } from '../store/queries/events.ts'
import { updateDevice } from '../store/queries/sites-and-devices.ts'
import { addToQuarantine, countRejected, pruneQuarantine } from '../store/queries/telemetry.ts'
import type { HubPorts } from './hub-ports.ts'

export type Ingest = {
  readonly broker: Broker
  readonly loops: readonly Promise<void>[]
  readonly drain: () => Promise<void>
}

const QUARANTINE_MAX = 1_000
const SAMPLE_BYTES = 512

export async function createIngest(ports: HubPorts, signal: AbortSignal): Promise<Result<Ingest, Refusal>> {
  const { store, clock, log, changes, config } = ports
  const toBroker: { current: Broker | null } = { current: null }
  const quarantine = (traffic: RefusedTraffic): void => {
    keepRefused(ports, traffic).catch((cause: unknown) =>
      log.error({ cause }, 'a refused message could not be kept'),
    )
  }
  const intake = createTelemetryIntake({
    store,
    clock,
    acknowledge: (to, watermark) =>
      toBroker.current?.publishAck(to, new TextEncoder().encode(JSON.stringify({ watermark }))),
    reject: (from, { code, message }, payload) =>
      keepRefused(ports, {
        client: from.device,
        topic: 'up/telemetry',
        code,
        message,
        sample: payload.subarray(0, SAMPLE_BYTES),
      }),
    stored: () => undefined,
  })
  const blocks = createBlockServer(
    {
      ...{ clock, log, source: createBundleSource(ports) },
      send: (to, payload) => toBroker.current?.publishBlock(to, payload) ?? false,
      refused: (from, code, message) =>
        quarantine({ client: from.device, topic: 'up/request', code, message, sample: new Uint8Array() }),
    },
    config.blockBytesPerSecond,
  )
  const broker = await createBroker(
    {
      ...{ clock, log, telemetry: intake.accept, request: blocks.request, refused: quarantine },
      authenticate: (claim) => authenticateDevice(ports, claim),
      connection: (device, isConnected) => {
        recordConnection(ports, device, isConnected).catch((cause: unknown) =>
          log.error({ cause }, 'a connection could not be recorded'),
        )
      },
    },
    { host: config.host, port: config.mqttPort },
  )
  if (!broker.ok) return broker
  toBroker.current = broker.value
  const loops = [foldTelemetryLoop({ store, clock, log, changes }, signal), blocks.loop(signal)]
  return ok({ broker: broker.value, loops, drain: intake.drain })
}

async function recordConnection(
  { store, changes }: HubPorts,
  { device }: DeviceAddress,
  isConnected: boolean,
): Promise<void> {
  await updateDevice(store, device, { isConnected })
  changes.announce('devices')
}

/** Counted at its device, kept as a sample, and told to the operator. */
async function keepRefused(
  { store, clock, changes }: HubPorts,
  { client, topic, code, message, sample }: RefusedTraffic,
): Promise<void> {
  const at = clock.now()
  const device = DeviceId.safeParse(client)
  if (device.success) await countRejected(store, device.data)
  await addToQuarantine(store, { at, topic, client, code, message, sample })
  await pruneQuarantine(store, QUARANTINE_MAX)
  await appendEvents(store.db, store, [
    {
      at,
      eventTime: null,
      source: 'hub',
      subject: client || 'unknown client',
      code,
      severity: 'warning',
      message,
    },
  ])
  changes.announce('events', 'devices')
}
