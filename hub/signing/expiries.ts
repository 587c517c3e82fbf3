/** What runs out when. Only people can renew roots and the list of releases, so they are told early. */
import { DAY_MS, epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { rootOf, snapshotOf, targetsOf, timestampOf, type Publication } from './publication.ts'

export type Expiry = {
  readonly name: string
  readonly version: number
  readonly expiresAt: EpochMs
  /** False for what the hub signs anew by itself. */
  readonly needsPeople: boolean
}

export function expiriesOf(publication: Publication): readonly Expiry[] {
  const expiry = (
    name: string,
    { signed }: { signed: { version: number; expires: string } },
    needsPeople: boolean,
  ): Expiry => ({
    name,
    version: signed.version,
    expiresAt: epochMs(Date.parse(signed.expires)),
    needsPeople,
  })
  return [
    expiry('root of the image repository', rootOf(publication, 'image'), true),
    expiry('root of the director', rootOf(publication, 'director'), true),
    expiry('list of releases', targetsOf(publication), true),
    expiry('image snapshot', snapshotOf(publication), false),
    expiry('image timestamp', timestampOf(publication), false),
  ]
}

const WARN_DAYS = [7, 30, 90] as const

/** The smallest of 7, 30 and 90 days within which it expires; null while there is time. */
export const warningOf = ({ expiresAt, needsPeople }: Expiry, now: EpochMs): 7 | 30 | 90 | null =>
  needsPeople ? (WARN_DAYS.find((days) => expiresAt - now < days * DAY_MS) ?? null) : null

/** One sentence, the same for every look within a warning, so that it is told once. */
export const warningText = ({ name, version, expiresAt }: Expiry, days: number): string =>
  `the ${name} (version ${version}) expires on ${new Date(expiresAt).toISOString().slice(0, 10)}, in less than ${days} days; after that devices install nothing new. Sign a new one: docs/ceremony.md`
