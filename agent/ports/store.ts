/** The agent's one database file. Every stage owns its tables; only the agent decides what commits together. */
export type SqlValue = string | number | Uint8Array | null
export type Row = Record<string, SqlValue>

/**
 * process: survives SIGKILL at once; a power cut may lose the newest commits, never part of one.
 * power: on the medium, with everything before it, when the call returns.
 */
export type Durability = 'process' | 'power'

export type Store = {
  readonly all: <T extends Row>(sql: string, ...values: readonly SqlValue[]) => T[]
  /** Returns how many rows changed. */
  readonly run: (sql: string, ...values: readonly SqlValue[]) => number
  /** Commits all of `work` or, when it throws, nothing of it; not nestable. */
  readonly transaction: <T>(durability: Durability, work: () => T) => T
  /** Small JSON documents by key: the state of machines. */
  readonly readDocument: <T>(key: string) => T | null
  readonly writeDocument: (key: string, value: unknown) => void
  readonly close: () => void
}
