/** Lets one loop sleep until another part of the agent has something for it; wakes that come early are kept, once. */
export type Wake = {
  readonly wake: () => void
  /** Resolves at the next wake, or when the signal is aborted. */
  readonly wait: (signal: AbortSignal) => Promise<void>
}

export function createWake(): Wake {
  let isAwake = false
  let resume: (() => void) | null = null
  return {
    wake: () => {
      isAwake = true
      resume?.()
    },
    wait: async (signal) => {
      if (!isAwake && !signal.aborted)
        await new Promise<void>((resolve) => {
          resume = () => {
            signal.removeEventListener('abort', resume!)
            resolve()
          }
          signal.addEventListener('abort', resume)
        })
      resume = null
      isAwake = false
    },
  }
}
