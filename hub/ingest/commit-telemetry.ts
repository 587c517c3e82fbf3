/** One transaction for a batch of messages: their bodies, their devices' counters, and when the devices were seen. */
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import {
  putStreams,
  sequencesAfter,
  streamsOf,
  touchDevices,
  type NewTelemetry,
} from '../store/queries/telemetry.ts'
import type { Db, Store } from '../store/store.ts'
import { advanceStream, type Numbered, type Stream } from './advance-stream.ts'

/** `body` is null for a message that could not be read: only its number is spent. */
export type Arrived = Numbered & { readonly from: DeviceAddress; readonly body: Uint8Array | null }

export type Committed<M extends Arrived> = {
  readonly streams: ReadonlyMap<string, Stream>
  /** Not stored: too far ahead of what is missing. */
  readonly beyond: readonly M[]
  /** Devices of which a number came that had not come before. */
  readonly heard: ReadonlySet<string>
}

export type Batch<M extends Arrived> = {
  readonly messages: readonly M[]
  /** What is known of the devices' streams; others are read from the store. */
  readonly known: ReadonlyMap<string, Stream>
  readonly now: EpochMs
}

/** Rejects, with nothing stored, when the commit failed. */
export const commitTelemetry = <M extends Arrived>(store: Store, batch: Batch<M>): Promise<Committed<M>> =>
  store.tx(async (db) => {
    const byDevice = groupByDevice(batch.messages)
    const unknown = [...byDevice.keys()].filter((device) => !batch.known.has(device))
    const loaded = await loadStreams(db, store, unknown)
    const streams = new Map<string, Stream>()
    const rows: NewTelemetry[] = []
    const beyond: M[] = []
    const heard = new Set<string>()
    for (const [device, messages] of byDevice) {
      const before = batch.known.get(device) ?? loaded.get(device)!
      const advanced = advanceStream(before, messages)
      if (hasAdvanced(before, advanced.stream)) heard.add(device)
      streams.set(device, advanced.stream)
      beyond.push(...advanced.beyond)
      for (const { sequence, body } of advanced.fresh)
        rows.push({ device, sequence, receivedAt: batch.now, body: body! })
    }
    await store.bulk('telemetry', rows, { onConflict: 'fail', db })
    await putStreams(db, store, progressOf(streams))
    await touchDevices(db, store, [...heard], batch.now)
    return { streams, beyond, heard }
  })

/** Whoever carries messages can repeat old ones: they are no sign that the device is alive. */
const hasAdvanced = (before: Stream, after: Stream): boolean =>
  after.watermark > before.watermark || after.ahead.size > before.ahead.size

function groupByDevice<M extends Arrived>(messages: readonly M[]): ReadonlyMap<string, readonly M[]> {
  const byDevice = new Map<string, M[]>()
  for (const message of messages) {
    const known = byDevice.get(message.from.device)
    if (known === undefined) byDevice.set(message.from.device, [message])
    else known.push(message)
  }
  return byDevice
}

const progressOf = (streams: ReadonlyMap<string, Stream>) =>
  [...streams].map(([device, { watermark, accepted, duplicates, lost }]) => ({
    device,
    watermark,
    accepted,
    duplicates,
    lost,
  }))

/** After a start, and for a device never seen: its counters, and what it has stored above a gap. */
async function loadStreams(
  db: Db,
  store: Store,
  devices: readonly string[],
): Promise<ReadonlyMap<string, Stream>> {
  const rows = devices.length === 0 ? [] : await streamsOf(db, store, devices)
  const byDevice = new Map(rows.map((row) => [row.device, row]))
  const streams = new Map<string, Stream>()
  for (const device of devices) {
    const { watermark = 0, accepted = 0, duplicates = 0, lost = 0 } = byDevice.get(device) ?? {}
    const ahead = new Set(await sequencesAfter(db, store, device, watermark))
    streams.set(device, { watermark, accepted, duplicates, lost, ahead })
  }
  return streams
}
