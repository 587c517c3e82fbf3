/** Joins the broker with what it feeds: telemetry intake, block requests, connections and refusals. */
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { createBlockServer } from '../broker/block-server.ts'
import { createBroker, type Broker } from '../broker/broker.ts'
import { authenticateDevice } from '../devices/enrol-device.ts'
import type { HubPorts } from './hub-ports.ts'
import { createTelemetryIntake } from '../ingest/accept-telemetry.ts'
import { foldTelemetryLoop } from '../ingest/fold-telemetry.ts'
import { createBundleSource } from '../registry/bundle-source.ts'
import { appendEvents } from '../store/queries/events.ts'
import { updateDevice } from '../store/queries/sites-and-devices.ts'

export type Ingest = { readonly broker: Broker; readonly loops: readonly Promise<void>[] }
