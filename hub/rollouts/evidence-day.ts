/**
 * Paired evidence -> fleet-averaged UTC days, the unit of analysis: hours of one day and stations under one sky are not
 * independent, and a confidence sequence on them is wrong nearly always (statistics reference, section 0).
 */
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'

/** One day of one device of one source, as it is stored. */
export type EvidenceDay = Pick<
  EvidenceRecord,
  | 'reference'
  | 'source'
  | 'day'
  | 'n'
  | 'sumAbs'
  | 'sumAbsReference'
  | 'sumDifference'
  | 'sumDifferenceSquared'
> & { readonly device: string; readonly site: string }

/** Device-days with less than this share of a day's pairs are left out: half a day is another kind of day. */
export const DAY_SHARE_MIN = 0.5

/** The mean over devices of a day's mean errors; units of the target. */
export type FleetDay = {
  readonly day: string
  readonly mae: number
  readonly referenceMae: number
  /** Mean of |e| - |r|. */
  readonly difference: number
  readonly devices: number
  readonly pairs: number
}

type DeviceDay = { day: string; n: number; sumAbs: number; sumAbsReference: number; sumDifference: number }

/** Fleet-averaged days against one reference, in day order; sources of one device-day are added up. */
export function fleetDays(
  rows: readonly EvidenceDay[],
  reference: EvidenceDay['reference'],
  pairsPerDay: number,
): readonly FleetDay[] {
  const whole = deviceDays(rows.filter((row) => row.reference === reference)).filter(
    (deviceDay) => deviceDay.n >= DAY_SHARE_MIN * pairsPerDay,
  )
  const byDay = new Map<string, DeviceDay[]>()
  for (const deviceDay of whole) {
    const devices = byDay.get(deviceDay.day)
    if (devices === undefined) byDay.set(deviceDay.day, [deviceDay])
    else devices.push(deviceDay)
  }
  return [...byDay]
    .map(([day, devices]) => averageDevices(day, devices))
    .sort((a, b) => (a.day < b.day ? -1 : 1))
}

/** UTC days with live pairs (shadow or served, not replayed) of at least one device that count as a whole day. */
export function liveDays(rows: readonly EvidenceDay[], pairsPerDay: number): number {
  return fleetDays(
    rows.filter((row) => row.source !== 'backtest'),
    'persistence',
    pairsPerDay,
  ).length
}

function deviceDays(rows: readonly EvidenceDay[]): readonly DeviceDay[] {
  const byKey = new Map<string, DeviceDay>()
  for (const { device, day, n, sumAbs, sumAbsReference, sumDifference } of rows) {
    const key = `${device} ${day}`
    const sum = byKey.get(key) ?? { day, n: 0, sumAbs: 0, sumAbsReference: 0, sumDifference: 0 }
    sum.n += n
    sum.sumAbs += sumAbs
    sum.sumAbsReference += sumAbsReference
    sum.sumDifference += sumDifference
    byKey.set(key, sum)
  }
  return [...byKey.values()]
}

function averageDevices(day: string, devices: readonly DeviceDay[]): FleetDay {
  const average = (of: (deviceDay: DeviceDay) => number): number =>
    devices.reduce((sum, deviceDay) => sum + of(deviceDay) / deviceDay.n, 0) / devices.length
  return {
    day,
    mae: average((deviceDay) => deviceDay.sumAbs),
    referenceMae: average((deviceDay) => deviceDay.sumAbsReference),
    difference: average((deviceDay) => deviceDay.sumDifference),
    devices: devices.length,
    pairs: devices.reduce((sum, deviceDay) => sum + deviceDay.n, 0),
  }
}
