/** Rows of the store -> what the API shows of a device. Pure. */
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { ForecastScore } from '../../recipes/forecast-score.ts'
import type { DeviceHealth, DeviceResource } from '../resources/device.ts'
import type { AccuracyTotal } from '../../store/queries/evidence.ts'
import type { DeviceRow, StreamRow } from '../../store/queries/sites-and-devices.ts'

export type DeviceViewInput = {
  readonly device: DeviceRow
  readonly stream: StreamRow | undefined
  readonly desiredGeneration: number
  readonly isConnected: boolean
  /** What its recipe's forecasts are scored in. */
  readonly score: ForecastScore
  readonly health: DeviceHealth
  readonly versionByDigest: ReadonlyMap<string, number>
  /** Live totals of this device by model digest. */
  readonly accuracyByModel: ReadonlyMap<string, AccuracyTotal>
}

const NOTHING_REPORTED: Pick<
  StatusRecord,
  | 'generation'
  | 'serving'
  | 'servingState'
  | 'candidate'
  | 'candidateState'
  | 'bundles'
  | 'channels'
  | 'forecast'
> = {
  generation: 0,
  serving: null,
  servingState: 'baseline',
  candidate: null,
  candidateState: 'none',
  bundles: [],
  channels: [],
}

export function deviceView(input: DeviceViewInput): DeviceResource {
  const { device, stream, versionByDigest } = input
  const status = device.status ?? { ...NOTHING_REPORTED, agentVersion: null, rssMb: null }
  const accuracy = status.serving === null ? undefined : input.accuracyByModel.get(status.serving)
  const versionOf = (digest: string | null): number | null =>
    digest === null ? null : (versionByDigest.get(digest) ?? null)
  return {
    id: device.id,
    site: device.site,
    recipe: device.recipe,
    latitude: device.latitude,
    longitude: device.longitude,
    isEnrolled: device.enrolledAt !== null,
    isConnected: input.isConnected,
    lastSeenAt: device.lastSeenAt,
    lastReadingAt: device.lastReadingAt,
    health: input.health,
    serving: status.serving,
    servingVersion: versionOf(status.serving),
    servingState: status.servingState,
    candidate: status.candidate,
    candidateVersion: versionOf(status.candidate),
    candidateState: status.candidateState,
    forecast: status.forecast ?? null,
    generation: status.generation,
    desiredGeneration: input.desiredGeneration,
    bundles: status.bundles,
    channels: status.channels,
    mae: accuracy === undefined || accuracy.n === 0 ? null : accuracy.sumAbs / accuracy.n,
    persistenceMae: accuracy === undefined || accuracy.n === 0 ? null : accuracy.sumAbsReference / accuracy.n,
    unit: input.score.unit,
    metric: input.score.metric,
    verifiedForecasts: accuracy?.n ?? 0,
    telemetry: {
      watermark: stream?.watermark ?? 0,
      accepted: stream?.accepted ?? 0,
      duplicates: stream?.duplicates ?? 0,
      rejected: stream?.rejected ?? 0,
      lost: stream?.lost ?? 0,
    },
    agentVersion: status.agentVersion,
    rssMb: status.rssMb,
  }
}
