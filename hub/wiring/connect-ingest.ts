/** Joins the broker with what it feeds: telemetry intake, block requests, connections and refusals. */
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { createBlockServer } from '../broker/block-server.ts'
import type { Broker } from '../broker/broker-ports.ts'
import { createMetadataServer } from '../broker/metadata-server.ts'
import { routeRequests } from '../broker/route-request.ts'
import { createMetadataFiles } from '../desired/director-files.ts'
import { createTelemetryIntake } from '../ingest/accept-telemetry.ts'
import { foldTelemetryLoop } from '../ingest/fold-telemetry.ts'
import { createQuarantine } from '../ingest/quarantine.ts'
import { createBundleSource } from '../registry/bundle-source.ts'
import { findDevice, updateDevice } from '../store/queries/sites-and-devices.ts'
import type { Trust } from '../signing/trust.ts'
import type { HubPorts } from './hub-ports.ts'
import { openBroker } from './open-broker.ts'

export type Ingest = {
  readonly broker: Broker
  readonly loops: readonly Promise<void>[]
  readonly drain: () => Promise<void>
}

export async function createIngest(
  ports: HubPorts & { readonly trust: Trust },
  signal: AbortSignal,
): Promise<Result<Ingest, Refusal>> {
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
  const refused = (from: DeviceAddress, code: string, message: string): void =>
    quarantine.note({ client: from.device, topic: 'up/request', code, message, sample: new Uint8Array() })
  const blocks = createBlockServer(
    {
      clock,
      log,
      source: createBundleSource(ports),
      send: (to, payload) => toBroker.current?.publishBlock(to, payload) ?? false,
      refused,
    },
    config.blockBytesPerSecond,
  )
  const metadata = createMetadataServer(
    {
      clock,
      log,
      files: createMetadataFiles(ports),
      send: (to, payload) => toBroker.current?.publishMetadata(to, payload) ?? false,
      refused,
    },
    config.blockBytesPerSecond,
  )
  const feeding = {
    clock,
    log,
    telemetry: intake.accept,
    request: routeRequests({ blocks: blocks.request, metadata: metadata.request }),
    refused: quarantine.note,
    connection: (device: DeviceAddress, isConnected: boolean): void => {
      recordConnection(ports, toBroker.current, { device, isConnected }).catch((cause: unknown) =>
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
    loops: [
      ...loops,
      foldTelemetryLoop({ store, clock, log, changes }, signal),
      blocks.loop(signal),
      metadata.loop(signal),
    ],
    drain: intake.drain,
  })
}

async function recordConnection(
  { store, changes }: HubPorts,
  broker: Broker | null,
  { device: { device }, isConnected }: { readonly device: DeviceAddress; readonly isConnected: boolean },
): Promise<void> {
  await updateDevice(store, device, { isConnected })
  changes.announce('devices')
  // It may have been revoked between the look at its record and this connection.
  if (isConnected && (await findDevice(store, device))?.revokedAt != null) broker?.disconnect(device)
}
