/** The hub's receiving half on a real mosquitto: broker, intake, quarantine and fold over a real store, with two enrolled devices. */
import { createLineSigner } from '@fleetcast/shared/protocol/signed-line.ts'
import { encodeMessage } from '@fleetcast/agent/telemetry/cut-messages.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { createMqttLink } from '../../../hub/adapters/mqtt-link.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import type { Broker } from '../../../hub/broker/broker-ports.ts'
import { createExternalBroker, type ExternalBrokerPorts } from '../../../hub/broker/external-broker.ts'
import { createDeviceKeys } from '../../../hub/devices/device-keys.ts'
import { createTelemetryIntake } from '../../../hub/ingest/accept-telemetry.ts'
import { foldOnce } from '../../../hub/ingest/fold-telemetry.ts'
import { createQuarantine } from '../../../hub/ingest/quarantine.ts'
import type { Store } from '../../../hub/store/store.ts'
import { addressOf, noChanges, silentLog } from '../ingest/telemetry-fixtures.ts'
import { temporaryStore } from '../temporary-store.ts'
import { papersOf, startMosquitto, until, type DevicePapers, type Mosquitto } from './mosquitto-harness.ts'

export const one = addressOf('sea-1')
export const two = addressOf('sea-2')

export type ExternalHub = {
  readonly mosquitto: Mosquitto
  readonly papers: { readonly one: DevicePapers; readonly two: DevicePapers }
  readonly store: Store
  readonly broker: Broker
  readonly connections: string[]
  readonly requests: string[]
  /** What is stored, as `device sequence`. */
  readonly stored: () => Promise<string[]>
  /** Codes in quarantine. */
  readonly refused: () => Promise<string[]>
  /** Folds what there is; the totals of verified forecasts by device. */
  readonly totals: () => Promise<Record<string, number>>
  readonly whenConnected: () => Promise<void>
  readonly stop: () => Promise<void>
}

export async function openExternalHub(over: Partial<ExternalBrokerPorts> = {}): Promise<ExternalHub> {
  const mosquitto = await startMosquitto()
  const { store, remove } = await temporaryStore()
  const papers = {
    one: await papersOf(mosquitto.authority, one.device),
    two: await papersOf(mosquitto.authority, two.device),
  }
  await store.db.insert(store.t.devices).values(
    [papers.one, papers.two].map(({ device, publicKey }) => ({
      id: device,
      site: one.site,
      latitude: 0,
      longitude: 0,
      createdAt: 0,
      publicKey,
    })),
  )
  const shared = { store, clock: systemClock, log: silentLog, changes: noChanges }
  const quarantine = createQuarantine(shared)
  const toBroker: { current: Broker | null } = { current: null }
  const intake = createTelemetryIntake({
    ...shared,
    acknowledge: (to, watermark) =>
      toBroker.current?.publishAck(to, Buffer.from(JSON.stringify({ watermark }))),
    reject: ({ device }, { code, message }, sample) =>
      quarantine.keep({ client: device, topic: 'up/telemetry', code, message, sample }),
    stored: () => {},
  })
  const connections: string[] = []
  const requests: string[] = []
  const connected = { count: 0 }
  const { broker, loop } = createExternalBroker({
    ...shared,
    log: { ...silentLog, info: () => connected.count++ },
    keys: createDeviceKeys(shared),
    link: createMqttLink(mosquitto.url, { credentials: mosquitto.hub, seed: 1 }),
    telemetry: intake.accept,
    request: ({ device }, payload) => requests.push(`${device} ${Buffer.from(payload).toString()}`),
    connection: ({ device }, isConnected) => connections.push(`${device} ${isConnected ? 'on' : 'off'}`),
    refused: quarantine.note,
    ...over,
  })
  toBroker.current = broker
  const stopping = new AbortController()
  const running = loop(stopping.signal)
  return {
    mosquitto,
    papers,
    store,
    broker,
    connections,
    requests,
    stored: async () =>
      (await store.db.select().from(store.t.telemetry).orderBy(store.t.telemetry.id)).map(
        ({ device, sequence }) => `${device} ${sequence}`,
      ),
    refused: async () =>
      (await store.db.select().from(store.t.quarantine).orderBy(store.t.quarantine.id)).map(
        ({ code }) => code,
      ),
    totals: async () => {
      while ((await foldOnce(shared)) > 0);
      const rows = await store.db.select().from(store.t.ledger)
      return Object.fromEntries(rows.map(({ device, verified }) => [device, verified]))
    },
    whenConnected: () =>
      until(
        async () => connected.count > 0,
        () => mosquitto.log(),
      ),
    stop: async () => {
      stopping.abort()
      await running
      await intake.drain()
      await remove()
      await mosquitto.stop()
    },
  }
}

/** A report as the agent encodes and signs it: one verified forecast. */
export const reportOf = (
  { device }: DeviceAddress,
  sequence: number,
  { privateKey }: Pick<DevicePapers, 'privateKey'>,
): string => createLineSigner(privateKey)(lineOf(device, sequence))

export const lineOf = (device: string, sequence: number): string =>
  encodeMessage({
    device,
    sequence,
    oldest: 1,
    sentAt: 1_700_000_000_000,
    records: JSON.stringify({
      kind: 'ledger',
      day: '2022-01-01',
      issued: 1,
      verified: 1,
      unverifiable: 0,
      expired: 0,
    }),
  })
