/** Asks the trainer program itself what it is and what it runs on: once, when the first run is asked for. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { CodeIdentity, CodeIdentitySource } from '../ports/code-identity.ts'
import { TrainEnvironment } from '../registry/train-lock.ts'

export type CodeIdentityOptions = {
  /** The built trainer program. */
  readonly program: string
  readonly lockFile: string
}

const ANSWER_WITHIN_MS = 60_000

export function createCodeIdentity(options: CodeIdentityOptions): CodeIdentitySource {
  let known: Promise<Result<CodeIdentity, Refusal<'training/unavailable'>>> | null = null
  return async () => {
    known ??= readIdentity(options)
    const identity = await known
    // A trainer that could not answer is asked again.
    if (!identity.ok) known = null
    return identity
  }
}

async function readIdentity({
  program,
  lockFile,
}: CodeIdentityOptions): Promise<Result<CodeIdentity, Refusal<'training/unavailable'>>> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, '--environment'], {
      timeout: ANSWER_WITHIN_MS,
    })
    const packageLock = await digestOf(lockFile)
    const environment = TrainEnvironment.parse({ ...JSON.parse(stdout), packageLock })
    return ok({ codeDigest: await programDigest(program), environment })
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.slice(0, 300) : String(cause)
    return refuse(
      'training/unavailable',
      `the trainer program does not start (${said}); build the hub again, and check that its packages are installed`,
    )
  }
}

const IMPORTED = /(?:from|import)\s*\(?\s*["']\.\/([\w.-]+\.js)["']/g

/** The program and every file beside it that it imports, however deep. */
async function programDigest(program: string): Promise<Sha256> {
  const found: Record<string, Sha256> = {}
  const waiting = [basename(program)]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found[name] !== undefined) continue
    const bytes = await readFile(join(dirname(program), name))
    found[name] = sha256(bytes)
    waiting.push(...[...bytes.toString('utf8').matchAll(IMPORTED)].map((match) => match[1]!))
  }
  return sha256(canonicalJson(found))
}

async function digestOf(file: string): Promise<Sha256 | null> {
  try {
    return sha256(await readFile(file))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}
