import type { Refusal, Result } from '@fleetcast/shared/result.ts'

/** The hub's API as the command line calls it. Every refusal carries the API's own code and sentence. */
export type Api = {
  readonly get: <T>(path: string) => Promise<Result<T, Refusal>>
  /** A file's bytes; at most `bytesMax`. */
  readonly download: (path: string, bytesMax: number) => Promise<Result<Uint8Array, Refusal>>
  readonly post: <T>(path: string, body: unknown) => Promise<Result<T, Refusal>>
  readonly put: <T>(path: string, body: unknown) => Promise<Result<T, Refusal>>
  /** What is to be said stands in the query. */
  readonly delete: <T>(path: string) => Promise<Result<T, Refusal>>
  /** Sends a file as it is; `onProgress` gets the share sent, 0..1. */
  readonly upload: <T>(
    path: string,
    file: string,
    onProgress: (fraction: number) => void,
  ) => Promise<Result<T, Refusal>>
}
