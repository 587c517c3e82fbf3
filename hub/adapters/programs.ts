import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { ProgramName, Programs } from '../ports/programs.ts'

/** Starts our built programs with this very Node; their error stream goes to `onLine` too, marked. */
export function createPrograms(paths: Record<ProgramName, string>): Programs {
  return {
    start: (name, args, onLine) => {
      const child = spawn(process.execPath, [paths[name], ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
      createInterface({ input: child.stdout }).on('line', onLine)
      createInterface({ input: child.stderr }).on('line', onLine)
      child.stdin.on('error', () => undefined)
      const exited = new Promise<number | null>((resolve, reject) => {
        child.on('exit', (code) => resolve(code))
        child.on('error', reject)
      })
      return {
        exited,
        send: (line) => child.stdin.write(`${line}\n`),
        stop: async (graceMs) => {
          if (child.exitCode !== null || child.signalCode !== null) return
          child.kill('SIGTERM')
          const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
          await exited
          clearTimeout(kill)
        },
      }
    },
  }
}
