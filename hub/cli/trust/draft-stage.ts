/** The files of a ceremony before anybody has signed them: the first roots, and the roots and lists that follow. */
import type { Root, Targets } from '@tufjs/models'
import { REPOSITORIES, type Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { PublishedTexts, Stage } from '../../ports/stage-folder.ts'
import { draftRoot, rootsTouchedBy, type KeyHolders, type NamedRole } from '../../signing/draft-root.ts'
import { openRoot, openTargets, orRefusal } from '../../signing/read-staged.ts'
import { firstList, sameList } from '../../signing/release-list.ts'
import { draftFile } from '../../signing/staged.ts'

const NOTHING: PublishedTexts = { imageRoot: null, directorRoot: null, targets: null }

/** Both `1.root.json` and the empty list of releases. */
export function draftFirst(holders: KeyHolders, now: EpochMs): Stage {
  const root = (repository: Repository): Root =>
    draftRoot(repository, { holders, before: null, isDemo: false, now })
  return {
    files: [
      ...REPOSITORIES.map((repository) => draftFile(repository, root(repository))),
      draftFile('image', firstList(now)),
    ],
    published: NOTHING,
  }
}

export type Published = {
  readonly image: Root
  readonly director: Root
  readonly targets: Targets
}

/** What the hub says is published; refused when there is nothing yet. */
export async function openPublished(texts: PublishedTexts): Promise<Result<Published, Refusal>> {
  const { imageRoot, directorRoot, targets } = texts
  if (imageRoot === null || directorRoot === null || targets === null)
    return refuse('trust/notInitialised', 'nothing is published yet; begin with "fleetcast trust init"')
  return orRefusal(() => ({
    image: openRoot('image', imageRoot).signed,
    director: openRoot('director', directorRoot).signed,
    targets: openTargets(targets).signed,
  }))
}

export type Rotation = {
  /** New holders; a role that is not named keeps its keys. */
  readonly holders: Partial<KeyHolders>
  /** Sign these roots anew even if no key changes: they expire. */
  readonly renews: readonly Repository[]
  readonly now: EpochMs
}

/** The next roots, and with new release keys the same list for them to sign. */
export async function draftNext(
  texts: PublishedTexts,
  { holders, renews, now }: Rotation,
): Promise<Result<Stage, Refusal>> {
  const published = await openPublished(texts)
  if (!published.ok) return published
  const isDemo = staysDemo(published.value.image, holders)
  const touched = new Set([...rootsTouchedBy(holders), ...renews])
  const roots = [...touched].map((repository) =>
    draftFile(
      repository,
      draftRoot(repository, { holders, before: published.value[repository], isDemo, now }),
    ),
  )
  const list =
    holders.release === undefined ? [] : [draftFile('image', sameList(published.value.targets, now))]
  return ok({ files: [...roots, ...list], published: texts })
}

/** A demo ends when every root and release key that lay on the hub is replaced. */
function staysDemo(image: Root, { root, release }: Partial<KeyHolders>): boolean {
  if (image.unrecognizedFields['x-demo'] !== true) return false
  const old = [...image.roles['root']!.keyIDs, ...image.roles['targets']!.keyIDs]
  const isReplaced = (role: NamedRole | undefined): boolean =>
    role !== undefined && !role.keys.some(({ key }) => old.includes(key.keyID))
  return !isReplaced(root) || !isReplaced(release)
}
