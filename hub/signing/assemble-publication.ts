/** A change of signed files becomes the next publication: checked against what is published, then signed by the online key. */
import type { Metadata, Root, Targets } from '@tufjs/models'
import { REPOSITORIES, type Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { verifySignatures } from '@fleetcast/shared/trust/parse-metadata.ts'
import type { TrustCode } from '@fleetcast/shared/trust/trust-error.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { signersOf, type HeldKey } from './held-keys.ts'
import { ROOTS_FIELD, rootOf, snapshotOf, targetsOf, timestampOf, type Publication } from './publication.ts'
import { orRefusal } from './read-staged.ts'
import { isSignedBy, metadataBytes, signHere } from './sign-metadata.ts'
import type { Signer } from './signer.ts'
import { LIFE, metaFileOf, onlineVersion, snapshotRole, timestampRole } from './write-roles.ts'

/** Signed files that people or the hub itself want published. */
export type Change = {
  readonly roots?: Partial<Readonly<Record<Repository, Metadata<Root>>>>
  readonly targets?: Metadata<Targets>
}

/** What stands offline: roots and targets, before the online key vouches for them. */
export type OfflineFiles = Pick<Publication, 'roots' | 'targets'>

export type ChangeCode = TrustCode | 'trust/conflict' | 'trust/incomplete'

/**
 * Puts the change on top of what is published. Refuses anything but the very next versions, and thresholds that are not
 * met: a root by the one before it and by itself (TUF 5.3.4), targets by the newest root.
 */
export async function applyChange(
  before: Publication | null,
  change: Change,
): Promise<Result<OfflineFiles, Refusal<ChangeCode>>> {
  const roots: Record<Repository, readonly Uint8Array[]> = { director: [], image: [] }
  for (const repository of REPOSITORIES) {
    const known = before?.roots[repository] ?? []
    const next = change.roots?.[repository]
    const due = known.length + 1
    if (next !== undefined && next.signed.version !== due)
      return conflict(`root version ${next.signed.version} of the ${repository} repository`, due)
    if (next === undefined && known.length === 0)
      return refuse(
        'trust/incomplete',
        `the first publication needs 1.root.json of the ${repository} repository`,
      )
    if (next !== undefined) {
      const verified = await orRefusal(() => {
        if (before !== null) verifySignatures(rootOf(before, repository), 'root', next)
        verifySignatures(next, 'root', next)
      })
      if (!verified.ok)
        return { ok: false, error: { ...verified.error, at: `${repository}/${due}.root.json` } }
    }
    roots[repository] = next === undefined ? known : [...known, metadataBytes(next)]
  }
  return withTargets(before, change, roots)
}

async function withTargets(
  before: Publication | null,
  change: Change,
  roots: Publication['roots'],
): Promise<Result<OfflineFiles, Refusal<ChangeCode>>> {
  const known = before === null ? null : targetsOf(before)
  const targets = change.targets ?? known
  if (targets === null) return refuse('trust/incomplete', 'the first publication needs 1.targets.json')
  const due = (known?.signed.version ?? 0) + 1
  if (change.targets !== undefined && change.targets.signed.version !== due)
    return conflict(`version ${change.targets.signed.version} of the release list`, due)
  const root = rootOf({ roots } as Publication, 'image')
  const verified = await orRefusal(() => verifySignatures(root, 'targets', targets))
  if (!verified.ok)
    return { ok: false, error: { ...verified.error, at: `image/${targets.signed.version}.targets.json` } }
  return ok({ roots, targets: change.targets === undefined ? before!.targets : metadataBytes(targets) })
}

const conflict = (what: string, due: number): Result<never, Refusal<'trust/conflict'>> =>
  refuse(
    'trust/conflict',
    `${what} is not the next one, which is ${due}; something was published since: stage it again`,
  )

export type OnlineKeys = { readonly image: Signer; readonly director: Signer }

/** The online keys that the newest roots name, as far as this hub holds them. */
export function onlineKeysOf(
  { roots }: OfflineFiles,
  held: readonly HeldKey[],
): Result<OnlineKeys, Refusal<'trust/wrongOnlineKey'>> {
  const found: Partial<Record<Repository, Signer>> = {}
  for (const repository of REPOSITORIES) {
    const root = rootOf({ roots } as Publication, repository).signed
    const [timestamp] = signersOf(held, root, 'timestamp')
    const [snapshot] = signersOf(held, root, 'snapshot')
    if (timestamp === undefined || timestamp !== snapshot)
      return refuse(
        'trust/wrongOnlineKey',
        `root ${root.version} of the ${repository} repository names another online key than this hub's; stage it again with this hub running`,
      )
    found[repository] = timestamp
  }
  return ok({ image: found.image!, director: found.director! })
}

/** Signs snapshot and timestamp over the offline files; a snapshot that still says the truth and is young is kept. */
export async function signPublication(
  files: OfflineFiles,
  {
    before,
    image,
    now,
  }: { readonly before: Publication | null; readonly image: Signer; readonly now: EpochMs },
): Promise<Publication> {
  const known = before === null ? null : snapshotOf(before)
  const isKept =
    before !== null &&
    known !== null &&
    Buffer.from(before.targets).equals(files.targets) &&
    isSignedBy(known, image) &&
    Date.parse(known.signed.expires) - now > LIFE.snapshot / 2
  const version = isKept ? known.signed.version : onlineVersion(known?.signed.version ?? 0, now)
  const named = metaFileOf(targetsOf(files as Publication).signed.version, files.targets)
  const snapshot = isKept
    ? before.snapshot
    : metadataBytes(await signHere(snapshotRole({ version, now, targets: named }), [image]))
  const timestamp = timestampRole({
    version: onlineVersion(before === null ? 0 : timestampOf(before).signed.version, now),
    now,
    snapshot: metaFileOf(version, snapshot),
    extra: {
      [ROOTS_FIELD.image]: files.roots.image.length,
      [ROOTS_FIELD.director]: files.roots.director.length,
    },
  })
  return { ...files, snapshot, timestamp: metadataBytes(await signHere(timestamp, [image])) }
}
