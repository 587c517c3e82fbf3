/** The image repository's targets: which models may run. Pure changes of the list; the release key signs it elsewhere. */
import { TargetFile, type Targets } from '@tufjs/models'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { customOf, digestOf, ReleasedModel, targetPath } from '@fleetcast/shared/trust/model-target.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { targetsRole } from './write-roles.ts'

export type Release = {
  readonly path: string
  readonly digest: BundleDigest
  readonly length: number
  readonly model: ReleasedModel
}

/** A version to release: its manifest's digest and length, and what the release key says of it. */
export type NewRelease = {
  readonly recipe: string
  readonly version: number
  readonly digest: BundleDigest
  readonly length: number
  readonly epoch: number
  readonly hardware: readonly string[]
}

/** Every entry, in the order of the list. */
export const releasesOf = (targets: Targets): readonly Release[] =>
  Object.values(targets.targets).map((target) => ({
    path: target.path,
    digest: digestOf(target),
    length: target.length,
    model: customOf(target, ReleasedModel),
  }))

/** Targets by the bundle they name, revoked ones included. */
export const listedTargets = (targets: Targets): ReadonlyMap<BundleDigest, TargetFile> =>
  new Map(Object.values(targets.targets).map((target) => [digestOf(target), target]))

/** Only what may be ordered. */
export const orderableTargets = (targets: Targets): ReadonlyMap<BundleDigest, TargetFile> =>
  new Map(
    [...listedTargets(targets)].filter(([, target]) => customOf(target, ReleasedModel).revoked === undefined),
  )

export type ReleaseCode = 'release/exists' | 'release/revoked' | 'release/notFound' | 'release/epoch'

/** The next list with the version added; the same version may be released again under a higher epoch. */
export function withRelease(
  before: Targets,
  release: NewRelease,
  now: EpochMs,
): Result<Targets, Refusal<ReleaseCode>> {
  const path = targetPath(release.recipe, release.version)
  const known = releasesOf(before).find((listed) => listed.path === path)
  if (known?.model.revoked !== undefined)
    return refuse(
      'release/revoked',
      `${path} is revoked (${known.model.revoked}); train a new version instead`,
    )
  if (known !== undefined && known.digest !== release.digest)
    return refuse('release/exists', `${path} is released with other content; a version never changes`)
  if (known !== undefined && known.model.epoch >= release.epoch)
    return refuse(
      'release/exists',
      `${path} is released with epoch ${known.model.epoch}; only a higher --epoch changes that`,
    )
  return ok(withTarget(before, releaseTarget(release), now))
}

/** Every version at once, for the hub's own releases of demo trust. */
export const withReleases = (before: Targets, releases: readonly NewRelease[], now: EpochMs): Targets =>
  nextList(before, [...Object.values(before.targets), ...releases.map(releaseTarget)], now)

/** The next list with the version marked as one that must not be installed any more. */
export function withRevocation(
  before: Targets,
  { path, reason, now }: { readonly path: string; readonly reason: string; readonly now: EpochMs },
): Result<Targets, Refusal<ReleaseCode>> {
  const target = before.targets[path]
  if (target === undefined)
    return refuse('release/notFound', `${path} is not released; "fleetcast release list" shows what is`)
  const model = customOf(target, ReleasedModel)
  if (model.revoked !== undefined)
    return refuse('release/revoked', `${path} is revoked already: ${model.revoked}`)
  return ok(withTarget(before, targetFile(target, { ...model, revoked: reason }), now))
}

/** The same list, for other keys to sign. */
export const sameList = (before: Targets, now: EpochMs): Targets =>
  nextList(before, Object.values(before.targets), now)

/** The empty first list. */
export const firstList = (now: EpochMs): Targets => targetsRole({ version: 1, now, targets: [] })

const withTarget = (before: Targets, target: TargetFile, now: EpochMs): Targets =>
  nextList(before, [...Object.values(before.targets).filter(({ path }) => path !== target.path), target], now)

const nextList = (before: Targets, targets: readonly TargetFile[], now: EpochMs): Targets =>
  targetsRole({ version: before.version + 1, now, targets })

const releaseTarget = ({ recipe, version, digest, length, epoch, hardware }: NewRelease): TargetFile =>
  targetFile(
    { path: targetPath(recipe, version), length, hashes: { sha256: digest } },
    { line: recipe, version: String(version), epoch, hardware: [...hardware] },
  )

const targetFile = (
  { path, length, hashes }: Pick<TargetFile, 'path' | 'length' | 'hashes'>,
  model: ReleasedModel,
): TargetFile => {
  const { revoked, ...said } = model
  const custom = revoked === undefined ? said : { ...said, revoked }
  return new TargetFile({ path, length, hashes, unrecognizedFields: { custom } })
}
