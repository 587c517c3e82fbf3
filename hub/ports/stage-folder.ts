/** Metadata on their way through the hands of the people who sign them, as files of one folder. */
import type { Repository } from '@fleetcast/shared/protocol/metadata.ts'

/** `file` is `2.root.json` or `5.targets.json`. */
export type StagedText = { readonly repository: Repository; readonly file: string; readonly text: string }

/** The newest published files that people sign on top of; null where nothing is published. */
export type PublishedTexts = {
  readonly imageRoot: string | null
  readonly directorRoot: string | null
  readonly targets: string | null
}

export type Stage = { readonly files: readonly StagedText[]; readonly published: PublishedTexts }

export type StageFolder = {
  /** Null when the folder is not there. */
  readonly read: (folder: string) => Promise<Stage | null>
  readonly write: (folder: string, stage: Stage) => Promise<void>
}
