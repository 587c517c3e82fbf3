import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import { REPOSITORIES } from '@fleetcast/shared/protocol/metadata.ts'
import type { PublishedTexts, StageFolder, StagedText } from '../ports/stage-folder.ts'

/** What is published now lies beside what shall be, so that a machine without a network can show the difference. */
const PUBLISHED: Readonly<Record<keyof PublishedTexts, string>> = {
  imageRoot: 'image-root.json',
  directorRoot: 'director-root.json',
  targets: 'image-targets.json',
}
const STAGED = /^\d{1,10}\.(root|targets)\.json$/

/** `image/*.json` and `director/*.json` to be signed, `published/*.json` to compare with. */
export const stageFolder: StageFolder = {
  read: async (folder) => {
    const files: StagedText[] = []
    for (const repository of REPOSITORIES)
      for (const file of (await namesIn(join(folder, repository))).filter((name) => STAGED.test(name)).sort())
        files.push({ repository, file, text: await readFile(join(folder, repository, file), 'utf8') })
    if (files.length === 0) return null
    const published = (key: keyof PublishedTexts): Promise<string | null> =>
      textIfThere(join(folder, 'published', PUBLISHED[key]))
    return {
      files,
      published: {
        imageRoot: await published('imageRoot'),
        directorRoot: await published('directorRoot'),
        targets: await published('targets'),
      },
    }
  },
  write: async (folder, { files, published }) => {
    for (const { repository, file, text } of files) await writeDurably(join(folder, repository, file), text)
    for (const key of ['imageRoot', 'directorRoot', 'targets'] as const) {
      const text = published[key]
      if (text !== null) await writeDurably(join(folder, 'published', PUBLISHED[key]), text)
    }
  },
}

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if (isMissing(cause)) return []
    throw cause
  }
}

async function textIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}
