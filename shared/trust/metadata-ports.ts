/** Where metadata come from and where trusted metadata are kept; roles are named without version or ending. */

/** Any transport: MQTT, HTTP, a folder. Nothing it returns is believed. */
export type MetadataSource = {
  /** The file's bytes; null when the repository says that it has no such file. Reads at most `bytesMax` + 1 bytes. */
  readonly get: (file: string, bytesMax: number) => Promise<Uint8Array | null>
}

/** A write or removal is durable and whole when its promise resolves: after a power cut the old or the new bytes are there. */
export type MetadataStore = {
  readonly read: (role: string) => Promise<Uint8Array | null>
  readonly write: (role: string, bytes: Uint8Array) => Promise<void>
  readonly remove: (role: string) => Promise<void>
}
