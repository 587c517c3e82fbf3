import { readFile } from 'node:fs/promises'
import { createSigner, generatePrivateKeyPem, type Signer } from '../signing/signer.ts'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'

/** The hub's signing key: read from its file, or made at the first start (mode 0600). */
export async function openSigningKey(path: string): Promise<{ signer: Signer; isNew: boolean }> {
  try {
    return { signer: createSigner(await readFile(path, 'utf8')), isNew: false }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause
  }
  const pem = generatePrivateKeyPem()
  await writeDurably(path, pem, 0o600)
  return { signer: createSigner(pem), isNew: true }
}
