/**
 * What the two repositories publish at one moment. `timestamp.json` of the image repository is written last and names
 * everything that belongs to it: the snapshot (TUF), and in two fields of our own how many roots of each repository are
 * visible. So one rename switches all of it, and a crash before that leaves the old publication whole.
 */
import {
  MetadataKind,
  type Metadata,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models'
import { assert } from '@fleetcast/shared/assert.ts'
import { REPOSITORIES, type Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { parseMetadata } from '@fleetcast/shared/trust/parse-metadata.ts'
import type { TrustFiles } from '../ports/trust-files.ts'

export const ROOTS_FIELD = { image: 'x-image-root', director: 'x-director-root' } as const

export type Publication = {
  /** The files `1.root.json`, `2.root.json`, ... of each repository. */
  readonly roots: Readonly<Record<Repository, readonly Uint8Array[]>>
  readonly targets: Uint8Array
  readonly snapshot: Uint8Array
  readonly timestamp: Uint8Array
}

const open = {
  root: (bytes: Uint8Array): Metadata<Root> => parseMetadata(MetadataKind.Root, 'root', bytes),
  targets: (bytes: Uint8Array): Metadata<Targets> => parseMetadata(MetadataKind.Targets, 'targets', bytes),
  snapshot: (bytes: Uint8Array): Metadata<Snapshot> =>
    parseMetadata(MetadataKind.Snapshot, 'snapshot', bytes),
  timestamp: (bytes: Uint8Array): Metadata<Timestamp> =>
    parseMetadata(MetadataKind.Timestamp, 'timestamp', bytes),
}

/** The newest root of a repository. */
export function rootOf(publication: Publication, repository: Repository): Metadata<Root> {
  const newest = publication.roots[repository].at(-1)
  assert(newest !== undefined, 'a publication has roots')
  return open.root(newest)
}
export const targetsOf = ({ targets }: Publication): Metadata<Targets> => open.targets(targets)
export const snapshotOf = ({ snapshot }: Publication): Metadata<Snapshot> => open.snapshot(snapshot)
export const timestampOf = ({ timestamp }: Publication): Metadata<Timestamp> => open.timestamp(timestamp)

/** Demo trust: the hub holds all keys, and the signed root says so. */
export const isDemo = (publication: Publication): boolean =>
  REPOSITORIES.some(
    (repository) => rootOf(publication, repository).signed.unrecognizedFields['x-demo'] === true,
  )

/** A file of the image repository, or a root of the director, by its published name. */
export function publishedFile(
  publication: Publication,
  repository: Repository,
  file: string,
): Uint8Array | null {
  const root = /^(\d+)\.root\.json$/.exec(file)
  if (root !== null) return publication.roots[repository][Number(root[1]) - 1] ?? null
  if (repository !== 'image') return null
  if (file === 'timestamp.json') return publication.timestamp
  if (file === `${snapshotOf(publication).signed.version}.snapshot.json`) return publication.snapshot
  return file === `${targetsOf(publication).signed.version}.targets.json` ? publication.targets : null
}

/** Null while nothing was ever published; throws when files of a publication are missing. */
export async function readPublication(files: Pick<TrustFiles, 'read'>): Promise<Publication | null> {
  const timestamp = await files.read('image', 'timestamp.json')
  if (timestamp === null) return null
  const { snapshotMeta, unrecognizedFields: fields } = open.timestamp(timestamp).signed
  const read = async (repository: Repository, file: string): Promise<Uint8Array> => {
    const bytes = await files.read(repository, file)
    if (bytes === null)
      throw new Error(
        `${file} of the ${repository} repository is missing; restore the trust folder from a backup`,
      )
    return bytes
  }
  const rootsOf = (repository: Repository): Promise<Uint8Array[]> =>
    Promise.all(
      Array.from({ length: Number(fields[ROOTS_FIELD[repository]]) }, (_, i) =>
        read(repository, `${i + 1}.root.json`),
      ),
    )
  const snapshot = await read('image', `${snapshotMeta.version}.snapshot.json`)
  const version = open.snapshot(snapshot).signed.meta['targets.json']?.version
  return {
    roots: { image: await rootsOf('image'), director: await rootsOf('director') },
    targets: await read('image', `${version}.targets.json`),
    snapshot,
    timestamp,
  }
}

const SNAPSHOTS_KEPT = 4

/** Versioned files first, the timestamp last; a file that stands there already is not written again. */
export async function writePublication(files: TrustFiles, next: Publication): Promise<void> {
  const write = async (repository: Repository, file: string, bytes: Uint8Array): Promise<void> => {
    const before = await files.read(repository, file)
    if (before === null || !Buffer.from(before).equals(bytes)) await files.write(repository, file, bytes)
  }
  for (const repository of ['director', 'image'] as const)
    for (const [i, bytes] of next.roots[repository].entries())
      await write(repository, `${i + 1}.root.json`, bytes)
  await write('image', `${targetsOf(next).signed.version}.targets.json`, next.targets)
  await write('image', `${snapshotOf(next).signed.version}.snapshot.json`, next.snapshot)
  await write('image', 'timestamp.json', next.timestamp)
  await prune(files)
}

/** The hub signs a snapshot a day; a client in the middle of a refresh needs the one before, nobody the one of last year. */
async function prune(files: TrustFiles): Promise<void> {
  const snapshots = (await files.list('image'))
    .flatMap((file) => /^(\d+)\.snapshot\.json$/.exec(file)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)
  for (const version of snapshots.slice(SNAPSHOTS_KEPT))
    await files.remove('image', `${version}.snapshot.json`)
}
