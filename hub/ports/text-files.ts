import type { Refusal, Result } from '@fleetcast/shared/result.ts'

/** Small files that an operator names on the command line. */
export type TextFiles = {
  readonly read: (file: string) => Promise<Result<string, Refusal<'file/unreadable'>>>
  /** One that is no text. */
  readonly readBytes: (file: string) => Promise<Result<Uint8Array, Refusal<'file/unreadable'>>>
  /** As a whole or not at all, readable by its owner alone; refused when there is a file already. */
  readonly writePrivate: (
    file: string,
    text: string,
  ) => Promise<Result<void, Refusal<'file/exists' | 'file/unwritable'>>>
  readonly exists: (file: string) => Promise<boolean>
}
