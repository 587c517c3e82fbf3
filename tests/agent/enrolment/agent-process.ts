/** The built agent as a process of its own, at a time of our choice (`faketime`, a Debian package). */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../../agent/dist/main.js', import.meta.url))

export type AgentProcess = {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exited: Promise<number | null>
}

/** `at`: what the machine's clock says at the start, `2099-01-01 00:00:00`; null is the real time. */
export function startAgent(at: string | null, ...words: readonly string[]): AgentProcess {
  const command = [process.execPath, PROGRAM, ...words]
  // Timers run by the monotonic clock, which such a machine has right.
  const [program, ...args] =
    at === null ? command : ['faketime', '--exclude-monotonic', '-f', `@${at}`, ...command]
  const child = spawn(program!, args, {
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (part: Buffer) => (text += part.toString()))
  child.stderr.on('data', (part: Buffer) => (text += part.toString()))
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('exit', resolve)
    child.on('error', reject)
  })
  return { child, output: () => text, exited }
}
