import type { Result, Refusal } from '@fleetcast/shared/result.ts'

/** Another program of ours, running as a process of its own. */
export type RunningProgram = {
  /** Resolves with the exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>
  /** Writes one line to its standard input. */
  readonly send: (line: string) => void
  /** Asks it to stop; kills it when it has not within the grace. */
  readonly stop: (graceMs: number) => Promise<void>
}

export type ProgramName = 'hub' | 'sim'

export type Programs = {
  readonly start: (
    name: ProgramName,
    args: readonly string[],
    onLine: (line: string) => void,
  ) => RunningProgram
}

export type HistoryScan = {
  /** Rows by station (lower case) and calendar year (UTC). */
  readonly rowsByStation: ReadonlyMap<string, ReadonlyMap<number, number>>
}

/** Files the demo reads and writes. */
export type DemoFiles = {
  readonly scanHistory: (file: string) => Promise<Result<HistoryScan, Refusal>>
  readonly readJson: (file: string) => Promise<unknown>
  readonly writeJson: (file: string, value: unknown) => Promise<void>
  readonly exists: (file: string) => Promise<boolean>
  readonly remove: (folder: string) => Promise<void>
}
