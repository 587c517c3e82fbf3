/** Reads the store once and shows every device. */
import { epochMsToUtcDay, epochMs, DAY_MS } from '@fleetcast/shared/units.ts'
import { deviceHealth } from '../../monitoring/device-health.ts'
import { listOrders } from '../../store/queries/orders.ts'
import { liveAccuracy, type AccuracyTotal } from '../../store/queries/evidence.ts'
import { listVersionNames } from '../../store/queries/runs-and-versions.ts'
import { listDevices, listStreams } from '../../store/queries/sites-and-devices.ts'
import type { ApiPorts } from '../api-ports.ts'
import type { DeviceResource } from '../resources/device.ts'
import { deviceView } from './device-view.ts'

const HEALTH_DAYS = 30

export async function fleetView(ports: ApiPorts): Promise<readonly DeviceResource[]> {
  const { store, config, clock } = ports
  const devices = await listDevices(store)
  const fleetTime = newestReading(devices)
  const healthSince = fleetTime === null ? '' : epochMsToUtcDay(epochMs(fleetTime - HEALTH_DAYS * DAY_MS))
  const [streams, orders, versions, live, recent] = await Promise.all([
    listStreams(store),
    listOrders(store),
    listVersionNames(store),
    liveAccuracy(store, ''),
    liveAccuracy(store, healthSince),
  ])
  const streamByDevice = new Map(streams.map((stream) => [stream.device, stream]))
  const generationByDevice = new Map(orders.map(({ device, generation }) => [device, generation]))
  const versionByDigest = new Map(versions.map((version) => [version.digest, version.version]))
  const totals = accuracyByDevice(live)
  const recentTotals = accuracyByDevice(recent)
  return devices.map((device) => {
    const serving = device.status?.serving ?? null
    const recentOfServing = serving === null ? undefined : recentTotals.get(device.id)?.get(serving)
    return deviceView({
      device,
      stream: streamByDevice.get(device.id),
      desiredGeneration: generationByDevice.get(device.id) ?? 0,
      isConnected: ports.isConnected(device.id),
      versionByDigest,
      accuracyByModel: totals.get(device.id) ?? new Map(),
      health: deviceHealth({
        isEnrolled: device.enrolledAt !== null,
        revokedAt: device.revokedAt,
        lastSeenAt: device.lastSeenAt,
        lastReadingAt: device.lastReadingAt,
        fleetTime,
        now: clock.now(),
        silentAfterMs: config.silentAfterMs,
        behindHoursMax: config.behindHoursMax,
        channels: device.status?.channels ?? [],
        bundles: device.status?.bundles ?? [],
        recent: recentOfServing ?? null,
      }),
    })
  })
}

export const newestReading = (devices: readonly { readonly lastReadingAt: number | null }[]): number | null =>
  devices.reduce<number | null>(
    (newest, { lastReadingAt }) => (lastReadingAt === null ? newest : Math.max(newest ?? 0, lastReadingAt)),
    null,
  )

function accuracyByDevice(
  rows: readonly AccuracyTotal[],
): ReadonlyMap<string, ReadonlyMap<string, AccuracyTotal>> {
  const byDevice = new Map<string, Map<string, AccuracyTotal>>()
  for (const row of rows) {
    const models = byDevice.get(row.device) ?? new Map<string, AccuracyTotal>()
    models.set(row.model, row)
    byDevice.set(row.device, models)
  }
  return byDevice
}
