/** One station in detail: accuracy by day, the ledger, and each channel's days against the training data. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { BundleDigest as BundleDigestSchema } from '@fleetcast/shared/ids.ts'
import type { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { profileDrift } from '../../monitoring/profile-drift.ts'
import {
  evidenceOfDevice,
  ledgerOfDevice,
  profileDays,
  profilesOfDevice,
  type EvidenceRow,
} from '../../store/queries/evidence.ts'
import { listVersionNames } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import type { AccuracyDay, ChannelProfileDay, DeviceDetail, DeviceResource } from '../resources/device.ts'

const TREND_DAYS = 30
const LEDGER_DAYS = 60

export async function deviceDetailView(ports: ApiPorts, device: DeviceResource): Promise<DeviceDetail> {
  const { store } = ports
  const [evidence, versions, days, ledger] = await Promise.all([
    evidenceOfDevice(store, device.id),
    listVersionNames(store),
    profileDays(store, device.id, TREND_DAYS),
    ledgerOfDevice(store, device.id, LEDGER_DAYS),
  ])
  const reference = await referenceOf(ports, device)
  const rows = days.length === 0 ? [] : await profilesOfDevice(store, device.id, days)
  const profiles = reference === null ? [] : profileDrift(rows, reference)
  const versionByDigest = new Map(versions.map((version) => [version.digest, version.version]))
  return {
    device,
    accuracy: evidence.map((row) => accuracyDay(row, versionByDigest.get(row.model) ?? 0)),
    profiles: newestOfEachChannel(profiles),
    profileTrend: profiles.map(({ channel, day, w1Sigma, psi }) => ({ channel, day, w1Sigma, psi })),
    ledger: ledger.map(({ day, issued, verified, unverifiable, expired }) => ({
      day,
      issued,
      verified,
      unverifiable,
      expired,
    })),
  }
}

/** The bundle whose edges the device counts between: what serves, else the candidate, else what it holds in store. */
async function referenceOf(ports: ApiPorts, device: DeviceResource): Promise<ReferenceProfile | null> {
  const installed = device.bundles.find((bundle) => bundle.state === 'installed')?.digest
  const digest = device.serving ?? device.candidate ?? installed
  return digest == null
    ? null
    : ports.referenceProfile(BundleDigestSchema.parse(digest) satisfies BundleDigest)
}

function accuracyDay(row: EvidenceRow, version: number): AccuracyDay {
  return {
    day: row.day,
    version,
    source: row.source as AccuracyDay['source'],
    n: row.n,
    mae: row.sumAbs / row.n,
    persistenceMae: row.sumAbsReference / row.n,
    bias: row.sumError / row.n,
    intervals: row.intervals,
    covered: row.covered,
  }
}

function newestOfEachChannel(profiles: readonly ChannelProfileDay[]): ChannelProfileDay[] {
  const newest = new Map<string, ChannelProfileDay>()
  for (const profile of profiles) {
    const before = newest.get(profile.channel)
    if (before === undefined || before.day < profile.day) newest.set(profile.channel, profile)
  }
  return [...newest.values()]
}
