/**
 * How much of the broker's speed is left when telemetry is checked, committed to disk and only then acknowledged. Both sides
 * run in this process on the same broker, in turns; the publishers are a child process.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from '@fleetcast/shared/assert.ts'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { upTopic, type DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ok } from '@fleetcast/shared/result.ts'
import { systemClock } from '@fleetcast/hub/adapters/system-clock.ts'
import { createBroker } from '@fleetcast/hub/broker/broker.ts'
import type { Broker } from '@fleetcast/hub/broker/broker-ports.ts'
import { createTelemetryIntake, type TelemetryIntake } from '@fleetcast/hub/ingest/accept-telemetry.ts'
import { foldTelemetryLoop } from '@fleetcast/hub/ingest/fold-telemetry.ts'
import { openStore } from '@fleetcast/hub/store/open-store.ts'
import type { Store } from '@fleetcast/hub/store/store.ts'
import {
  createFleetAuthority,
  type DeviceKeyPair,
  type FleetAuthority,
} from '../tests/hub/devices/fleet-authority.ts'
import type { BenchRow } from './bench-row.ts'
import { stationMessage } from './station-message.ts'

const DEVICES = 200
/** What an agent leaves unacknowledged. */
const WINDOW = 8
const ROUNDS = 5
const WARM_UP_MS = 1_000
const MEASURE_MS = 3_000

const log = { info: () => {}, warn: () => {}, error: () => {} }
const changes = { announce: () => {}, subscribe: () => () => {} }

type Mode = 'counting' | 'durable' | 'folding'
const MODES: readonly Mode[] = ['counting', 'durable', 'folding']

export async function benchIngest(print: (row: BenchRow) => void): Promise<void> {
  const publishers = fork(join(process.cwd(), 'bench', 'lean-publishers.mjs'))
  const fleet = await createFleet()
  const figures: Record<Mode, Figures[]> = { counting: [], durable: [], folding: [] }
  try {
    for (let round = 0; round < ROUNDS; round++)
      for (const mode of MODES) figures[mode].push(await measure(mode, fleet, publishers))
  } finally {
    publishers.disconnect()
  }
  const bytes = stationMessage(addressOf(0)).length
  const conditions =
    `${DEVICES} devices with ${WINDOW} QoS 1 messages of ${bytes} bytes under way each, over mutual TLS; SQLite with synchronous=FULL; ` +
    `medians of ${ROUNDS} interleaved rounds of ${MEASURE_MS / 1_000} s; ${cpus().length} cores, publishers on the same machine`
  const row = (metric: string, value: number, unit: string, against: string): void =>
    print({ bench: 'ingest', metric, value, unit, against, conditions })
  const medianOf = (mode: Mode, figure: keyof Figures): number =>
    median(figures[mode].map((one) => one[figure]))
  const ratio = (mode: Mode): number =>
    round3(median(figures[mode].map(({ rate }, i) => rate / figures.counting[i]!.rate)))
  const counting = 'the same broker only counting'
  row('durableRatio', ratio('durable'), 'ratio', counting)
  row('foldingRatio', ratio('folding'), 'ratio', `${counting}; folded into totals meanwhile`)
  for (const mode of MODES) {
    row(`${mode}Rate`, Math.round(medianOf(mode, 'rate')), 'messages/s', '')
    row(`${mode}Cpu`, Math.round(medianOf(mode, 'microsAMessage')), 'us/message', '')
  }
}

const round3 = (value: number): number => Math.round(value * 1_000) / 1_000

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

const addressOf = (i: number): DeviceAddress => ({
  site: SiteId.parse('sea'),
  device: DeviceId.parse(`sea-${i}`),
})

/** `rate`: messages acknowledged a second; processor time of the whole hub by messages that arrived, which other load disturbs less. */
type Figures = { readonly rate: number; readonly microsAMessage: number }

/** Every measurement begins with an empty database. */
async function measure(mode: Mode, fleet: Fleet, publishers: ChildProcess): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-bench-'))
  const store = await openStore({
    database: 'sqlite',
    sqliteFile: join(folder, 'hub.db'),
    migrations: join(process.cwd(), 'hub', 'migrations'),
  })
  const link: { broker: Broker | null } = { broker: null }
  const intake = intakeOn(store, link)
  const arrived = { count: 0 }
  const broker = await brokerFor(fleet, mode === 'counting' ? null : intake, arrived)
  link.broker = broker
  const stopping = new AbortController()
  const folding =
    mode === 'folding'
      ? foldTelemetryLoop({ store, clock: systemClock, log, changes }, stopping.signal)
      : Promise.resolve()
  try {
    publishers.send({
      publishers: settingsOf(fleet, broker.port),
      warmUpMs: WARM_UP_MS,
      measureMs: MEASURE_MS,
    })
    const cpu = process.cpuUsage()
    const [{ rate }] = (await once(publishers, 'message')) as [{ rate: number }]
    assert(arrived.count >= (rate * MEASURE_MS) / 1_000, 'what was acknowledged had arrived')
    const { user, system } = process.cpuUsage(cpu)
    return { rate, microsAMessage: (user + system) / arrived.count }
  } finally {
    await broker.close()
    await intake.drain()
    stopping.abort()
    await folding
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function intakeOn(store: Store, link: { readonly broker: Broker | null }): TelemetryIntake {
  const encoder = new TextEncoder()
  return createTelemetryIntake({
    store,
    clock: systemClock,
    acknowledge: (to, watermark) =>
      link.broker?.publishAck(to, encoder.encode(JSON.stringify({ watermark }))),
    reject: async (_from, refusal) => assert(false, `the benchmark sends good messages: ${refusal.message}`),
    stored: () => {},
  })
}

/** With an intake telemetry becomes durable; without one it is only counted. */
async function brokerFor(
  fleet: Fleet,
  intake: TelemetryIntake | null,
  arrived: { count: number },
): Promise<Broker> {
  const broker = await createBroker(
    {
      clock: systemClock,
      log,
      authenticate: async ({ name }) => ok({ site: SiteId.parse('sea'), device: DeviceId.parse(name) }),
      telemetry: async (from, payload) => {
        arrived.count++
        await intake?.accept(from, payload)
      },
      request: () => {},
      connection: () => {},
      refused: ({ message }) => assert(false, `the benchmark is refused: ${message}`),
    },
    { host: '127.0.0.1', port: 0, authority: fleet.authority },
  )
  assert(broker.ok, 'a free port can be opened')
  return broker.value
}

type Fleet = { readonly authority: FleetAuthority; readonly keys: readonly DeviceKeyPair[] }

async function createFleet(): Promise<Fleet> {
  const authority = await createFleetAuthority()
  const keys: DeviceKeyPair[] = []
  for (let i = 0; i < DEVICES; i++) keys.push(await authority.device(addressOf(i).device))
  return { authority, keys }
}

const settingsOf = ({ keys }: Fleet, port: number) =>
  keys.map(({ privateKey, certificate, certificateAuthorities }, i) => {
    const address = addressOf(i)
    return {
      port,
      topic: upTopic(address, 'telemetry'),
      device: address.device,
      tls: { key: privateKey, cert: certificate, ca: certificateAuthorities },
      message: stationMessage(address),
      window: WINDOW,
    }
  })
