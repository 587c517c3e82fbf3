/** Memory of a child process at its highest, from the kernel's own high-water mark. */
import { readFileSync } from 'node:fs'

const EVERY_MS = 200

/** Watches the children of this process whose command line holds `name`, until it is stopped; returns megabytes. */
export function peakRssOfChild(name: string): { readonly stop: () => number } {
  let peakMb = 0
  const timer = setInterval(() => {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    for (const pid of children.split(' ').filter(Boolean)) peakMb = Math.max(peakMb, peakOf(pid, name))
  }, EVERY_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return Math.round(peakMb)
    },
  }
}

function peakOf(pid: string, name: string): number {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name)) return 0
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024
  } catch (cause) {
    // A process may end between two looks.
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ESRCH'))
      return 0
    throw cause
  }
}
