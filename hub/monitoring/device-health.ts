/**
 * Is there something to do about this station? The most urgent finding wins: silent > deadChannel > failingSensor >
 * rolledBack > worseThanPersistence > ok. A station that says nothing cannot be judged further; a broken sensor explains
 * bad forecasts, so it comes before them.
 */
import { lossText } from '@fleetcast/shared/recipe/metric.ts'
import type { BundleStatus, ChannelHealth } from '@fleetcast/shared/protocol/telemetry.ts'
import type { MonitoringSpec } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs, epochMsToHourText, HOUR_MS, type EpochMs } from '@fleetcast/shared/units.ts'

/** Structurally the API's DeviceHealth. */
export type DeviceHealth = {
  readonly state:
    | 'new'
    | 'revoked'
    | 'ok'
    | 'silent'
    | 'deadChannel'
    | 'failingSensor'
    | 'worseThanPersistence'
    | 'rolledBack'
  readonly reason: string
}

/** Live pairs (shadow and served) of what serves, over the days that are monitored; sums in units of the target. */
export type RecentAccuracy = { readonly n: number; readonly sumAbs: number; readonly sumAbsReference: number }

export type HealthInput = {
  readonly isEnrolled: boolean
  readonly revokedAt: number | null
  /** Wall time of the last message. */
  readonly lastSeenAt: number | null
  readonly now: EpochMs
  readonly silentAfterMs: number
  /** Event time of the newest reading, of the station and of the whole fleet. */
  readonly lastReadingAt: number | null
  readonly fleetTime: number | null
  readonly behindHoursMax: number
  readonly channels: readonly ChannelHealth[]
  readonly recent: RecentAccuracy | null
  readonly monitoring: MonitoringSpec
  /** As reported: one that was rejected while it answered says that the station gave a version up. */
  readonly bundles?: readonly BundleStatus[]
}

/** Classifies one device. */
export function deviceHealth(input: HealthInput): DeviceHealth {
  if (input.revokedAt !== null)
    return { state: 'revoked', reason: `shut out since ${hourText(input.revokedAt)}` }
  if (!input.isEnrolled) return { state: 'new', reason: 'added, not enrolled yet' }
  if (input.lastSeenAt === null) return { state: 'new', reason: 'enrolled, nothing heard yet' }
  return (
    silence(input, input.lastSeenAt) ??
    brokenChannel(input.channels, 'dead') ??
    brokenChannel(input.channels, 'failing') ??
    rolledBack(input.bundles ?? []) ??
    badForecasts(input) ?? { state: 'ok', reason: okText(input) }
  )
}

function silence(
  { now, silentAfterMs, lastReadingAt, fleetTime, behindHoursMax }: HealthInput,
  lastSeenAt: number,
): DeviceHealth | null {
  if (now - lastSeenAt > silentAfterMs)
    return {
      state: 'silent',
      reason: `nothing heard for ${durationText(now - lastSeenAt)}, limit ${durationText(silentAfterMs)}`,
    }
  if (lastReadingAt === null || fleetTime === null) return null
  const hoursBehind = (fleetTime - lastReadingAt) / HOUR_MS
  return hoursBehind <= behindHoursMax
    ? null
    : {
        state: 'silent',
        reason: `no reading since ${hourText(lastReadingAt)}, ${Math.round(hoursBehind)} h behind the fleet, limit ${behindHoursMax} h`,
      }
}

function brokenChannel(channels: readonly ChannelHealth[], state: 'dead' | 'failing'): DeviceHealth | null {
  const broken = channels.filter((channel) => channel.state === state)
  if (broken.length === 0) return null
  const worst = broken.map(({ channel, reason, lastValidAt }) => {
    const since =
      lastValidAt === null ? 'no valid value yet' : `no valid value since ${hourText(lastValidAt)}`
    return state === 'dead'
      ? `${channel} is dead: ${since}`
      : `${channel} fails quality control (${reason}): ${since}`
  })
  return { state: state === 'dead' ? 'deadChannel' : 'failingSensor', reason: worst.join('; ') }
}

/** Codes of what went wrong while a bundle answered; one that was refused before never ran, so nothing was rolled back. */
const RUNNING = 'inference/'

function rolledBack(bundles: readonly BundleStatus[]): DeviceHealth | null {
  const given = bundles.find(({ state, code }) => state === 'rejected' && (code ?? '').startsWith(RUNNING))
  return given === undefined
    ? null
    : {
        state: 'rolledBack',
        reason: `rolled ${given.digest.slice(0, 12)} back: ${given.message ?? given.code ?? 'no reason given'}`,
      }
}

function badForecasts({ recent, monitoring }: HealthInput): DeviceHealth | null {
  if (
    recent === null ||
    recent.n < monitoring.verifiedForecastsMin ||
    recent.sumAbs <= recent.sumAbsReference
  )
    return null
  return {
    state: 'worseThanPersistence',
    reason: `worse than persistence: ${accuracyText(recent, monitoring)}`,
  }
}

const okText = ({ recent, monitoring }: HealthInput): string =>
  recent === null || recent.n < monitoring.verifiedForecastsMin
    ? `readings arrive; ${recent?.n ?? 0} of ${monitoring.verifiedForecastsMin} verified forecasts for a verdict`
    : `readings arrive; ${accuracyText(recent, monitoring)}`

const accuracyText = ({ n, sumAbs, sumAbsReference }: RecentAccuracy, { days }: MonitoringSpec): string =>
  `error ${lossText(sumAbs / n)}, persistence ${lossText(sumAbsReference / n)} on the same ${n} forecasts of ${days} days`

const hourText = (at: number): string => epochMsToHourText(epochMs(at))

function durationText(elapsed: number): string {
  const seconds = Math.round(elapsed / 1_000)
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
