/** The live publication as people see it. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { PublishedTexts } from '../ports/stage-folder.ts'
import type { ReleaseState } from '../api/trust-operations.ts'
import type { TrustStatus } from '../api/resources/trust.ts'
import { nameOfKey } from '../signing/draft-root.ts'
import { expiriesOf, warningOf, type Expiry } from '../signing/expiries.ts'
import { rootOf, targetsOf, type Publication } from '../signing/publication.ts'
import { releasesOf, type Release } from '../signing/release-list.ts'
import type { TrustState } from '../signing/trust.ts'

/** Asked with every look at the overview, so each publication is read once. */
export function createTrustStatus(
  published: () => Publication | null,
): (state: TrustState, now: EpochMs) => TrustStatus {
  let seen: Publication | null = null
  let holders: TrustStatus['holders'] = []
  let expiries: readonly Expiry[] = []
  return (state, now) => {
    const publication = published()
    if (publication !== null && publication !== seen) {
      holders = holdersOf(publication)
      expiries = expiriesOf(publication)
      seen = publication
    }
    const warned = expiries.map((expiry) => {
      const { name, version, expiresAt } = expiry
      return { name, version, expiresAt, warning: warningOf(expiry, now) }
    })
    return { state, holders, expiries: warned }
  }
}

const holdersOf = (publication: Publication): TrustStatus['holders'] =>
  (['image', 'director'] as const).flatMap((repository) => {
    const root = rootOf(publication, repository).signed
    return Object.entries(root.roles).map(([role, { threshold, keyIDs }]) => ({
      repository,
      role,
      threshold,
      keys: keyIDs.map((id) => ({ id, name: nameOfKey(root, id) })),
    }))
  })

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export const publishedTexts = (publication: Publication | null): PublishedTexts =>
  publication === null
    ? { imageRoot: null, directorRoot: null, targets: null }
    : {
        imageRoot: text(publication.roots.image.at(-1)!),
        directorRoot: text(publication.roots.director.at(-1)!),
        targets: text(publication.targets),
      }

/** Answers from the list that is published now, which is read once. */
export function createReleaseStates(
  published: () => Publication | null,
): (digest: BundleDigest) => ReleaseState {
  let seen: Publication | null = null
  let byDigest: ReadonlyMap<BundleDigest, Release> = new Map()
  return (digest) => {
    const publication = published()
    if (publication !== null && publication !== seen) {
      seen = publication
      byDigest = new Map(
        releasesOf(targetsOf(publication).signed).map((release) => [release.digest, release]),
      )
    }
    const release = byDigest.get(digest)
    if (release === undefined) return { state: 'notReleased', epoch: null, hardware: [], reason: null }
    const { epoch, hardware, revoked } = release.model
    const state = revoked === undefined ? 'released' : 'revoked'
    return { state, epoch, hardware, reason: revoked ?? null }
  }
}
