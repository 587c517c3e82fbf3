/** Lets loops sleep until another part of the agent has something for them; a wake that comes early is kept, once. */
export type Wake = {
  readonly wake: () => void
  /** Resolves at the next wake, or when the signal is aborted. Of several that wait all resume: each looks for itself. */
  readonly wait: (signal: AbortSignal) => Promise<void>
}

export function createWake(): Wake {
  let isAwake = false
  const waiting = new Set<() => void>()
  return {
    wake: () => {
      isAwake = true
      for (const resume of [...waiting]) resume()
    },
    wait: async (signal) => {
      if (!isAwake && !signal.aborted)
        await new Promise<void>((resolve) => {
          const resume = (): void => {
            waiting.delete(resume)
            signal.removeEventListener('abort', resume)
            resolve()
          }
          waiting.add(resume)
          signal.addEventListener('abort', resume)
        })
      isAwake = false
    },
  }
}
