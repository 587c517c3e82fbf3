/**
 * Telemetry becomes durable here: messages are gathered for a few milliseconds and committed together with their
 * device's counters; only then is any of them acknowledged. A message that cannot be read is counted, sampled into
 * quarantine and acknowledged too, since sending it again would not mend it.
 */
import type { TelemetryMessage } from '@fleetcast/shared/protocol/telemetry.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ms, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import {
  putStreams,
  sequencesAfter,
  streamsOf,
  touchDevices,
  type StreamCounts,
} from '../store/queries/telemetry.ts'
import type { Db, Store } from '../store/store.ts'
import { advanceStream, type Stream } from './advance-stream.ts'
import { parseTelemetry } from './parse-telemetry.ts'

export type IntakePorts = {
  readonly store: Store
  readonly clock: Clock
  /** Tells the device that everything up to the watermark is durable. */
  readonly acknowledge: (to: DeviceAddress, watermark: number) => void
  readonly reject: (
    from: DeviceAddress,
    refusal: { code: string; message: string },
    payload: Uint8Array,
  ) => Promise<void>
  /** The next stage: there is something to fold. */
  readonly stored: () => void
}

type Waiting = {
  readonly from: DeviceAddress
  readonly message: TelemetryMessage
  readonly payload: Uint8Array
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

const BATCH_MAX = 500
const GATHER = ms(5)
/** Messages waiting for a commit; beyond it a device is told to come back later. */
const WAITING_MAX = 5_000

export type TelemetryIntake = {
  /** Resolves once the message is durable. */
  readonly accept: (from: DeviceAddress, payload: Uint8Array) => Promise<void>
  /** Resolves when nothing is waiting any more. */
  readonly drain: () => Promise<void>
}

export function createTelemetryIntake(ports: IntakePorts): TelemetryIntake {
  const waiting: Waiting[] = []
  const streams = new Map<string, Stream>()
  let committing: Promise<void> | null = null
  const commitAll = async (): Promise<void> => {
    await ports.clock.sleep(GATHER)
    while (waiting.length > 0) await commitBatch(ports, streams, waiting.splice(0, BATCH_MAX))
    committing = null
  }
  return {
    accept: async (from, payload) => {
      const parsed = parseTelemetry(from.device, payload)
      if (!parsed.ok) return ports.reject(from, parsed.error, payload)
      if (waiting.length >= WAITING_MAX)
        throw new Error('telemetry/busy: the hub commits slower than the fleet sends')
      return new Promise<void>((done, failed) => {
        waiting.push({ from, message: parsed.value, payload, done, failed })
        committing ??= commitAll()
      })
    },
    drain: async () => {
      await committing
    },
  }
}

async function commitBatch(
  ports: IntakePorts,
  streams: Map<string, Stream>,
  batch: readonly Waiting[],
): Promise<void> {
  const { store, clock } = ports
  const byDevice = groupByDevice(batch)
  try {
    const now = clock.now()
    const advanced = await store.tx((db) => commit(store, { db, byDevice, streams, now }))
    for (const [device, stream] of advanced) streams.set(device, stream)
    for (const { done } of batch) done()
    for (const [device, messages] of byDevice)
      ports.acknowledge(messages[0]!.from, advanced.get(device)!.watermark)
    ports.stored()
  } catch (cause) {
    for (const { failed } of batch) failed(cause)
  }
}

function groupByDevice(batch: readonly Waiting[]): ReadonlyMap<string, readonly Waiting[]> {
  const byDevice = new Map<string, Waiting[]>()
  for (const one of batch) {
    const known = byDevice.get(one.from.device)
    if (known === undefined) byDevice.set(one.from.device, [one])
    else known.push(one)
  }
  return byDevice
}

type Commit = {
  readonly db: Db
  readonly byDevice: ReadonlyMap<string, readonly Waiting[]>
  readonly streams: ReadonlyMap<string, Stream>
  readonly now: EpochMs
}

async function commit(
  store: Store,
  { db, byDevice, streams, now }: Commit,
): Promise<ReadonlyMap<string, Stream>> {
  const unknown = [...byDevice.keys()].filter((device) => !streams.has(device))
  const loaded = await loadStreams(db, store, unknown)
  const advanced = new Map<string, Stream>()
  const rows: { device: string; sequence: number; receivedAt: number; body: Uint8Array }[] = []
  for (const [device, messages] of byDevice) {
    const numbered = messages.map(({ message, payload }) => ({
      sequence: message.sequence,
      oldest: message.oldest,
      payload,
    }))
    const { stream, fresh } = advanceStream(streams.get(device) ?? loaded.get(device)!, numbered)
    advanced.set(device, stream)
    for (const { sequence, payload } of fresh) rows.push({ device, sequence, receivedAt: now, body: payload })
  }
  await store.bulk('telemetry', rows, { onConflict: 'fail', db })
  await putStreams(
    db,
    store,
    [...advanced].map(([device, { watermark, accepted, duplicates, lost }]) => ({
      device,
      watermark,
      accepted,
      duplicates,
      lost,
    })),
  )
  await touchDevices(db, store, [...byDevice.keys()], now)
  return advanced
}

async function loadStreams(
  db: Db,
  store: Store,
  devices: readonly string[],
): Promise<ReadonlyMap<string, Stream>> {
  const rows = devices.length === 0 ? [] : await streamsOf(db, store, devices)
  const byDevice = new Map<string, StreamCounts>(rows.map((row) => [row.device, row]))
  const streams = new Map<string, Stream>()
  for (const device of devices) {
    const { watermark = 0, accepted = 0, duplicates = 0, lost = 0 } = byDevice.get(device) ?? {}
    streams.set(device, {
      watermark,
      accepted,
      duplicates,
      lost,
      ahead: new Set(await sequencesAfter(db, store, device, watermark)),
    })
  }
  return streams
}
