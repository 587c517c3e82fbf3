/** Reads the store once and shows every device. */
import { epochMsToUtcDay, epochMs, DAY_MS } from '@fleetcast/shared/units.ts'
import { deviceHealth } from '../../monitoring/device-health.ts'
import { forecastScores } from '../../recipes/forecast-score.ts'
import { listOrders } from '../../store/queries/orders.ts'
import { liveAccuracy, type AccuracyTotal } from '../../store/queries/evidence.ts'
import { listVersionNames } from '../../store/queries/runs-and-versions.ts'
import { listDevices, listStreams } from '../../store/queries/sites-and-devices.ts'
import type { ApiPorts } from '../api-ports.ts'
import type { DeviceResource } from '../resources/device.ts'
import { deviceView } from './device-view.ts'

export async function fleetView(ports: ApiPorts): Promise<readonly DeviceResource[]> {
  const { store, config, clock } = ports
  const devices = await listDevices(store)
  const fleetTime = newestReading(devices)
  const [streams, orders, versions, live, scores] = await Promise.all([
    listStreams(store),
    listOrders(store),
    listVersionNames(store),
    liveAccuracy(store, ''),
    forecastScores(store),
  ])
  const streamByDevice = new Map(streams.map((stream) => [stream.device, stream]))
  const generationByDevice = new Map(orders.map(({ device, generation }) => [device, generation]))
  const versionByDigest = new Map(versions.map((version) => [version.digest, version.version]))
  const totals = accuracyByDevice(live)
  const recentByDays = new Map<number, AccuracyByDevice>()
  for (const { recipe } of devices) {
    const { days } = scores(recipe).monitoring
    if (recentByDays.has(days)) continue
    const since = fleetTime === null ? '' : epochMsToUtcDay(epochMs(fleetTime - days * DAY_MS))
    recentByDays.set(days, accuracyByDevice(await liveAccuracy(store, since)))
  }
  return devices.map((device) => {
    const serving = device.status?.serving ?? null
    const score = scores(device.recipe)
    const recent = recentByDays.get(score.monitoring.days)?.get(device.id)
    const recentOfServing = serving === null ? undefined : recent?.get(serving)
    return deviceView({
      device,
      stream: streamByDevice.get(device.id),
      desiredGeneration: generationByDevice.get(device.id) ?? 0,
      isConnected: ports.isConnected(device.id),
      score,
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
        monitoring: score.monitoring,
      }),
    })
  })
}

export const newestReading = (devices: readonly { readonly lastReadingAt: number | null }[]): number | null =>
  devices.reduce<number | null>(
    (newest, { lastReadingAt }) => (lastReadingAt === null ? newest : Math.max(newest ?? 0, lastReadingAt)),
    null,
  )

/** Totals by device and model. */
type AccuracyByDevice = ReadonlyMap<string, ReadonlyMap<string, AccuracyTotal>>

function accuracyByDevice(rows: readonly AccuracyTotal[]): AccuracyByDevice {
  const byDevice = new Map<string, Map<string, AccuracyTotal>>()
  for (const row of rows) {
    const models = byDevice.get(row.device) ?? new Map<string, AccuracyTotal>()
    models.set(row.model, row)
    byDevice.set(row.device, models)
  }
  return byDevice
}
