/** Real programs in real processes, on free ports and in folders of their own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCredential } from '../../hub/adapters/credentials-file.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type Program = {
  readonly process: ChildProcess
  readonly output: () => string
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** `fleetcast WORDS...`, as a user types it. */
export const fleetcast = (...words: readonly string[]): Program => fleetcastWith({}, ...words)

/** The same with more in its environment. */
export function fleetcastWith(
  environment: Readonly<Record<string, string>>,
  ...words: readonly string[]
): Program {
  const child = spawn(process.execPath, [join(root, 'shared/scripts/fleetcast.mjs'), ...words], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (part: Buffer) => (text += part.toString()))
  child.stderr.on('data', (part: Buffer) => (text += part.toString()))
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })
  return { process: child, output: () => text, exited }
}

/** Kills at once, as a power cut does, and waits until the process is gone. */
export async function pullThePlug(program: Program): Promise<void> {
  program.process.kill('SIGKILL')
  await program.exited
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'fleetcast-e2e-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Asks again until `isDone`, at most `seconds`; the last answer stands in the error. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isDone: (answer: T) => boolean,
  seconds: number,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const answer = await ask()
      if (isDone(answer)) return answer
      last = answer
    } catch (cause) {
      last = cause
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(
    `not within ${seconds} s; last seen: ${last instanceof Error ? last.message : JSON.stringify(last)?.slice(0, 2_000)}`,
  )
}

/** The demo user's token in the file that `--credentials-out` names. */
export async function tokenIn(file: string, port: number): Promise<string> {
  const credential = await readCredential(file, `http://127.0.0.1:${port}`)
  if (credential === null) throw new Error(`${file} holds no token for port ${port}`)
  return credential.token
}

export async function getJson<T>(port: number, path: string, token = ''): Promise<T> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
