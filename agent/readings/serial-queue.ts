/** One piece of work after the other, in order: a station changes its models between two forecasts, never during one. */
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

/** Readings that may wait for an agent that cannot keep up. */
export const QUEUE_MAX = 1_000

export type SerialQueue = {
  readonly run: <T>(work: () => Promise<T>) => Promise<T>
  /** As `run`, but refused while too much waits. */
  readonly offer: <T, E>(
    work: () => Promise<Result<T, E>>,
  ) => Promise<Result<T, E | Refusal<'reading/queueFull'>>>
}

export function createSerialQueue(): SerialQueue {
  let tail: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    waiting++
    const result = tail.then(work)
    tail = result.then(
      () => waiting--,
      () => waiting--,
    )
    return await result
  }
  return {
    run,
    offer: async (work) => {
      if (waiting < QUEUE_MAX) return await run(work)
      return refuse('reading/queueFull', `${QUEUE_MAX} readings wait already; send this one again later`)
    },
  }
}
