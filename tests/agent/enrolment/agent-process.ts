/** The built agent as a process of its own, at a time of our choice (`faketime`, a Debian package). */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../../agent/dist/main.js', import.meta.url))

export type AgentProcess = {
  readonly output: () => string
  readonly exited: Promise<number | null>
  readonly kill: () => Promise<void>
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
    detached: true,
  })
  let text = ''
  child.stdout.on('data', (part: Buffer) => (text += part.toString()))
  child.stderr.on('data', (part: Buffer) => (text += part.toString()))
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('exit', resolve)
    child.on('error', reject)
  })
  const kill = async (): Promise<void> => {
    // faketime waits for the agent as its child: the signal has to reach the whole group.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
    await exited
  }
  return { output: () => text, exited, kill }
}
