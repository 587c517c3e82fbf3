/** What a station sends after an hour: its verified forecast, its ledger and the profile of each of its five channels. */
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import {
  TelemetryMessage,
  type EvidenceRecord,
  type LedgerRecord,
  type ProfileRecord,
} from '@fleetcast/shared/protocol/telemetry.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'

/** Nine digits, so that the publishers can count up in place. */
const FIRST_SEQUENCE = 100_000_001
const CHANNELS = ['temperature', 'dewPoint', 'humidity', 'windSpeed', 'pressure']
/** Between the edges of a bundle's reference profile. */
const BINS = 16

const evidence: EvidenceRecord = {
  kind: 'evidence',
  model: BundleDigest.parse(sha256(Buffer.from('model'))),
  reference: 'persistence',
  source: 'served',
  day: '2022-03-05',
  n: 1,
  sumError: -0.8125,
  sumAbs: 0.8125,
  sumSquared: 0.66015625,
  sumAbsReference: 1.5,
  sumDifference: -0.6875,
  sumDifferenceSquared: 0.47265625,
}

const ledger: LedgerRecord = {
  kind: 'ledger',
  day: '2022-03-05',
  issued: 1,
  verified: 1,
  unverifiable: 0,
  expired: 0,
}

const profileOf = (channel: string): ProfileRecord => ({
  kind: 'profile',
  channel,
  day: '2022-03-06',
  edges: sha256(Buffer.from('edges')),
  counts: Array.from({ length: BINS }, (_, i) => (i === 7 ? 1 : 0)),
  missing: 0,
  invalid: 0,
  n: 1,
  sum: 11.25,
  sumSquared: 126.5625,
  min: 11.25,
  max: 11.25,
})

/** JSON as the agent writes it. */
export const stationMessage = ({ device }: DeviceAddress): string =>
  JSON.stringify(
    TelemetryMessage.parse({
      schema: 'fleetcast/telemetry/1',
      device,
      sequence: FIRST_SEQUENCE,
      oldest: FIRST_SEQUENCE,
      sentAt: 1_646_524_800_000,
      records: [evidence, ledger, ...CHANNELS.map(profileOf)],
    }),
  )
