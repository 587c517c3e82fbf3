import type { ChangeTopic, Changes } from '../ports/changes.ts'

/** Collects announcements and tells subscribers at most every `intervalMs`, so that a busy fleet cannot flood a page. */
export function createChangeHub(intervalMs: number): Changes & { readonly close: () => void } {
  const listeners = new Set<(topics: readonly ChangeTopic[]) => void>()
  const waiting = new Set<ChangeTopic>()
  let timer: ReturnType<typeof setTimeout> | null = null
  const tell = (): void => {
    timer = null
    const topics = [...waiting]
    waiting.clear()
    for (const listener of listeners) listener(topics)
  }
  return {
    announce: (...topics) => {
      for (const topic of topics) waiting.add(topic)
      timer ??= setTimeout(tell, intervalMs)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      if (timer !== null) clearTimeout(timer)
      listeners.clear()
    },
  }
}
