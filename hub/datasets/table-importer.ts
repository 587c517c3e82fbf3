import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { ImportInput, ImportedDataset, ImportProgress } from './import-table.ts'
import type { ImportResult } from './import-codes.ts'

/** A table as it arrives: packed or not, in any of the formats. */
export type TableUpload = {
  readonly body: AsyncIterable<Uint8Array>
  readonly recipe: ImportInput['recipe']
  readonly sites: ImportInput['sites']
  readonly mapping: ImportInput['mapping']
  readonly until: ImportInput['until']
  readonly asOf: ImportInput['asOf']
}

/** Imports outside of this process; whatever becomes of it, nothing of a refused import stays behind. */
export type TableImporter = {
  /**
   * Reads the body to its end. `keep` is called with the finished files of a good import, which are gone after it;
   * null only checks the table.
   */
  readonly run: (
    upload: TableUpload,
    options: {
      readonly keep:
        | ((
            digest: DatasetDigest,
            files: { readonly snapshot: string; readonly aside: string },
          ) => Promise<void>)
        | null
      readonly onProgress: (progress: ImportProgress) => void
      readonly signal: AbortSignal
    },
  ) => Promise<ImportResult<ImportedDataset>>
}
