import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { KeySources, SignerCommandCode } from '../ports/key-sources.ts'

/** A person may have to touch a token or type a PIN. */
const COMMAND_MS_MAX = 120_000
const SIGNATURE_BYTES_MAX = 1_024
const ERROR_CHARACTERS_MAX = 2_000
const TEXT_CHARACTERS_MAX = 64 * 1024

/** Files, FLEETCAST_KEY_PASSPHRASE or the terminal, and commands of the user's own. */
export const createKeySources = (
  environment: Readonly<Record<string, string | undefined>>,
  limits = { commandMs: COMMAND_MS_MAX },
): KeySources => ({
  readText: async (path) => {
    try {
      const text = await readFile(path, 'utf8')
      return text.length <= TEXT_CHARACTERS_MAX
        ? ok(text)
        : refuse('trust/noFile', `${path} is too large for a key`)
    } catch (cause) {
      return refuse(
        'trust/noFile',
        `${path} cannot be read (${cause instanceof Error ? cause.message : 'unreadable'})`,
      )
    }
  },
  passphrase: async (question) => environment['FLEETCAST_KEY_PASSPHRASE'] ?? (await ask(question)),
  sign: (command, payload) => signByCommand(command, payload, limits.commandMs),
})

/** What is typed is not shown. */
async function ask(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

type Signed = Result<Uint8Array, Refusal<SignerCommandCode>>

function signByCommand(command: string, payload: Uint8Array, msMax: number): Promise<Signed> {
  const [program = '', ...args] = command.split(/\s+/).filter((word) => word !== '')
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    let bytes = 0
    let said = ''
    const end = (result: Signed): void => {
      clearTimeout(timer)
      resolve(result)
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      end(refuse('signer/timeout', `"${command}" gave no signature within ${msMax / 1000} s`))
    }, msMax)
    child.stdout.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes <= SIGNATURE_BYTES_MAX) return void out.push(part)
      child.kill('SIGKILL')
      return end(
        refuse('signer/tooLarge', `"${command}" wrote more than a signature; it must write only that`),
      )
    })
    child.stderr.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-ERROR_CHARACTERS_MAX)))
    child.on('error', (cause) =>
      end(refuse('signer/failed', `"${command}" cannot be started: ${cause.message}`)),
    )
    child.stdin.on('error', () => undefined) // a command that ends without reading says so by its exit code
    child.on('close', (code, signal) =>
      end(
        code === 0
          ? ok(new Uint8Array(Buffer.concat(out)))
          : refuse(
              'signer/failed',
              `"${command}" ended with ${code ?? signal}: ${said.trim() || 'it said nothing'}`,
            ),
      ),
    )
    child.stdin.end(payload)
  })
}
