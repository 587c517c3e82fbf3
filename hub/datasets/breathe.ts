import { setImmediate } from 'node:timers/promises'

/** Lets the hub's event loop do its other work; called between slices of some milliseconds. */
export const breathe = (): Promise<void> => setImmediate()

/** Rows handled in one slice. */
export const SLICE_ROWS = 4_000
