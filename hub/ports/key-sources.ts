/** Where the keys of people are: files, a passphrase in somebody's head, or a command that signs. */
import type { Refusal, Result } from '@fleetcast/shared/result.ts'

export type SignerCommandCode = 'signer/failed' | 'signer/timeout' | 'signer/tooLarge'

export type KeySources = {
  /** A small text file, such as a key in PEM form. */
  readonly readText: (path: string) => Promise<Result<string, Refusal<'trust/noFile'>>>
  /** From the environment or the terminal; null when neither has one. Never an argument: those are seen by everybody. */
  readonly passphrase: (question: string) => Promise<string | null>
  /** Runs `program arg arg` without a shell: the payload on its standard input, the signature on its standard output. */
  readonly sign: (
    command: string,
    payload: Uint8Array,
  ) => Promise<Result<Uint8Array, Refusal<SignerCommandCode>>>
}
