/** Files that wait for signatures: who has to sign each of them, who has, and what they change. Needs no hub and no network. */
import { Metadata, type Root, type Targets } from '@tufjs/models'
import type { Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { PublishedTexts, Stage, StagedText } from '../ports/stage-folder.ts'
import { nameOfKey } from './draft-root.ts'
import { openRoot, openTargets, orRefusal } from './read-staged.ts'
import { addSignature, isSignedBy, type AnySigned } from './sign-metadata.ts'
import type { Signer } from './signer.ts'

/** A threshold that a file has to meet. */
export type Demand = {
  /** `root 1 (published)`: whose word it is. */
  readonly by: string
  readonly threshold: number
  readonly keys: readonly { readonly id: string; readonly name: string; readonly hasSigned: boolean }[]
}

export type StagedFile = {
  readonly repository: Repository
  readonly file: string
  readonly demands: readonly Demand[]
} & (
  | { readonly kind: 'root'; readonly metadata: Metadata<Root>; readonly before: Root | null }
  | { readonly kind: 'targets'; readonly metadata: Metadata<Targets>; readonly before: Targets | null }
)

/** Reads a stage; refuses metadata that are none. */
export const openStage = ({ files, published }: Stage): Promise<Result<readonly StagedFile[], Refusal>> =>
  orRefusal(() => {
    const roots = files
      .filter(({ file }) => file.endsWith('.root.json'))
      .map((text) => openStagedRoot(text, published))
    const imageRoot = roots.find(({ repository }) => repository === 'image')?.metadata.signed
    const lists = files
      .filter(({ file }) => file.endsWith('.targets.json'))
      .map((text) => openStagedList(text, published, imageRoot))
    return [...roots, ...lists]
  })

function openStagedRoot({ repository, file, text }: StagedText, published: PublishedTexts) {
  const metadata = openRoot(repository, text)
  const beforeText = repository === 'image' ? published.imageRoot : published.directorRoot
  const before = beforeText === null ? null : openRoot(repository, beforeText).signed
  const own = demandOf(metadata, {
    root: metadata.signed,
    role: 'root',
    by: `root ${metadata.signed.version}`,
  })
  const demands =
    before === null
      ? [own]
      : [demandOf(metadata, { root: before, role: 'root', by: `root ${before.version} (published)` }), own]
  return { kind: 'root' as const, repository, file, metadata, before, demands }
}

function openStagedList(
  { repository, file, text }: StagedText,
  published: PublishedTexts,
  stagedRoot?: Root,
) {
  const metadata = openTargets(text)
  const before = published.targets === null ? null : openTargets(published.targets).signed
  const root =
    stagedRoot ?? (published.imageRoot === null ? null : openRoot('image', published.imageRoot).signed)
  const demands =
    root === null
      ? []
      : [demandOf(metadata, { root, role: 'targets', by: `release keys of root ${root.version}` })]
  return { kind: 'targets' as const, repository, file, metadata, before, demands }
}

type DemandInput = { readonly root: Root; readonly role: string; readonly by: string }

function demandOf(metadata: Metadata<AnySigned>, { root, role, by }: DemandInput): Demand {
  const { keyIDs, threshold } = root.roles[role]!
  const keys = keyIDs.map((id) => {
    const key = root.keys[id]
    return { id, name: nameOfKey(root, id), hasSigned: key !== undefined && isSignedBy(metadata, { key }) }
  })
  return { by, threshold, keys }
}

export const isMet = ({ keys, threshold }: Demand): boolean =>
  keys.filter(({ hasSigned }) => hasSigned).length >= threshold

/** Adds the signer's signature to every file that asks for it; the stage it answers is to be written back. */
export async function signStage(stage: Stage, signer: Signer): Promise<Result<Stage, Refusal>> {
  const opened = await openStage(stage)
  if (!opened.ok) return opened
  const texts = new Map(stage.files.map((text) => [nameOf(text), text]))
  let signatures = 0
  for (const staged of opened.value) {
    if (!staged.demands.some(({ keys }) => keys.some(({ id }) => id === signer.key.keyID))) continue
    const signed = await addSignature<AnySigned>(staged.metadata, signer)
    if (!signed.ok) return signed
    texts.set(nameOf(staged), { ...texts.get(nameOf(staged))!, text: stagedText(signed.value) })
    signatures += 1
  }
  if (signatures === 0)
    return refuse(
      'trust/foreignKey',
      `the key ${signer.key.keyID.slice(0, 8)} has no say in any of these files; "fleetcast trust status DIR" shows whose signatures are missing`,
    )
  return ok({ ...stage, files: [...texts.values()] })
}

const nameOf = ({ repository, file }: Pick<StagedFile, 'repository' | 'file'>): string =>
  `${repository}/${file}`

/** As people can read it. */
export const stagedText = (metadata: Metadata<AnySigned>): string =>
  `${JSON.stringify(metadata.toJSON(), null, 2)}\n`

/** A draft without signatures, as a file of a stage. */
export const draftFile = (repository: Repository, signed: Root | Targets): StagedText => ({
  repository,
  file: `${signed.version}.${signed.type}.json`,
  text: stagedText(new Metadata<AnySigned>(signed)),
})
