/** Joins the broker with what it feeds: telemetry intake, block requests, connections and refusals. */
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { createBlockServer } from '../broker/block-server.ts'
import { createBroker } from '../broker/broker.ts'
import type { Broker, BrokerPorts } from '../broker/broker-ports.ts'
import { createExternalBroker } from '../broker/external-broker.ts'
import { createDeviceKeys } from '../devices/device-keys.ts'
import { authenticateDevice } from '../devices/enrol-device.ts'
import { createTelemetryIntake, type TelemetryIntake } from '../ingest/accept-telemetry.ts'
import { foldTelemetryLoop } from '../ingest/fold-telemetry.ts'
import { createQuarantine } from '../ingest/quarantine.ts'
import { createBundleSource } from '../registry/bundle-source.ts'
import { updateDevice } from '../store/queries/sites-and-devices.ts'
import type { HubPorts } from './hub-ports.ts'

export type Ingest = {
  readonly broker: Broker
  readonly loops: readonly Promise<void>[]
  readonly drain: () => Promise<void>
}

export async function createIngest(ports: HubPorts, signal: AbortSignal): Promise<Result<Ingest, Refusal>> {
  const { store, clock, log, changes, config } = ports
  const toBroker: { current: Broker | null } = { current: null }
  const quarantine = createQuarantine({ store, clock, log, changes })
  const intake = createTelemetryIntake({
    store,
    clock,
    acknowledge: (to, watermark) =>
      toBroker.current?.publishAck(to, new TextEncoder().encode(JSON.stringify({ watermark }))),
    reject: (from, { code, message }, payload) =>
      quarantine.keep({ client: from.device, topic: 'up/telemetry', code, message, sample: payload }),
    stored: () => undefined,
  })
  const blocks = createBlockServer(
    {
      clock,
      log,
      source: createBundleSource(ports),
      send: (to, payload) => toBroker.current?.publishBlock(to, payload) ?? false,
      refused: (from, code, message) =>
        quarantine.note({
          client: from.device,
          topic: 'up/request',
          code,
          message,
          sample: new Uint8Array(),
        }),
    },
    config.blockBytesPerSecond,
  )
  const feeding = {
    clock,
    log,
    telemetry: intake.accept,
    request: blocks.request,
    refused: quarantine.note,
    connection: (device: DeviceAddress, isConnected: boolean): void => {
      recordConnection(ports, device, isConnected).catch((cause: unknown) =>
        log.error({ cause }, 'a connection could not be recorded'),
      )
    },
  }
  const opened = await openBroker(ports, feeding, signal)
  if (!opened.ok) return opened
  const { broker, loops } = opened.value
  toBroker.current = broker
  return ok({
    broker,
    loops: [...loops, foldTelemetryLoop({ store, clock, log, changes }, signal), blocks.loop(signal)],
    drain: intake.drain,
  })
}

type Feeding = Omit<BrokerPorts, 'authenticate' | 'telemetry'> & {
  readonly telemetry: TelemetryIntake['accept']
}

/** The hub's own broker, or somebody else's. */
async function openBroker(
  ports: HubPorts,
  feeding: Feeding,
  signal: AbortSignal,
): Promise<Result<Omit<Ingest, 'drain'>, Refusal>> {
  const { config, externalBroker: link } = ports
  if (link !== null) {
    const { broker, loop } = createExternalBroker({ ...feeding, keys: createDeviceKeys(ports), link })
    return ok({ broker, loops: [loop(signal)] })
  }
  const broker = await createBroker(
    {
      ...feeding,
      telemetry: async (from, payload) => void (await feeding.telemetry(from, payload)),
      authenticate: (claim) => authenticateDevice(ports, claim),
    },
    { host: config.host, port: config.mqttPort },
  )
  return broker.ok ? ok({ broker: broker.value, loops: [] }) : broker
}

async function recordConnection(
  { store, changes }: HubPorts,
  { device }: DeviceAddress,
  isConnected: boolean,
): Promise<void> {
  await updateDevice(store, device, { isConnected })
  changes.announce('devices')
}
