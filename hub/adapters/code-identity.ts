import { readFile } from 'node:fs/promises'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import type { CodeIdentity } from '../ports/code-identity.ts'

/** Reads the programs' digests once, at start. */
export async function readCodeIdentity(trainer: string, lockFile: string): Promise<CodeIdentity> {
  return {
    codeDigest: sha256(await readFile(trainer)),
    environment: {
      node: process.versions.node,
      architecture: process.arch,
      packageLock: await digestOf(lockFile),
    },
  }
}

async function digestOf(file: string): Promise<Sha256 | null> {
  try {
    return sha256(await readFile(file))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}
