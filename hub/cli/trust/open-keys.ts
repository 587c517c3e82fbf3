/** `file:a.pem` or `exec:./sign.sh` becomes a signer; public key files become named keys. */
import { basename } from 'node:path'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { KeySources } from '../../ports/key-sources.ts'
import type { NamedRole } from '../../signing/draft-root.ts'
import { pemSigner, type Signer } from '../../signing/signer.ts'
import { readPublicKey, type NamedKey } from '../../signing/tuf-key.ts'

export type KeyOptions = {
  readonly key: string
  /** The public key that belongs to a command. */
  readonly public?: string | undefined
}

export async function openSigner(keys: KeySources, options: KeyOptions): Promise<Result<Signer, Refusal>> {
  const { key } = options
  if (key.startsWith('file:')) return fileSigner(keys, key.slice('file:'.length))
  if (!key.startsWith('exec:'))
    return refuse('signer/badKey', '--key is file:PRIVATE.pem or exec:COMMAND, for example exec:./sign.sh')
  if (options.public === undefined)
    return refuse('signer/badKey', 'a command shows no public key; name its file with --public KEY.pub.pem')
  const command = key.slice('exec:'.length)
  const text = await keys.readText(options.public)
  if (!text.ok) return text
  const publicKey = readPublicKey(text.value)
  if (!publicKey.ok) return publicKey
  return ok({ key: publicKey.value, sign: (payload) => keys.sign(command, payload) })
}

async function fileSigner(keys: KeySources, path: string): Promise<Result<Signer, Refusal>> {
  const pem = await keys.readText(path)
  if (!pem.ok) return pem
  const isEncrypted = pem.value.includes('ENCRYPTED')
  return pemSigner(pem.value, isEncrypted ? await keys.passphrase(`passphrase of ${path}: `) : null)
}

/** Keys of one role from their public files: `alice.pub.pem` is called alice. */
export async function openRole(
  keys: KeySources,
  files: readonly string[],
  threshold: number,
): Promise<Result<NamedRole, Refusal>> {
  const named: NamedKey[] = []
  for (const file of files) {
    const text = await keys.readText(file)
    if (!text.ok) return text
    const key = readPublicKey(text.value)
    if (!key.ok) return { ok: false, error: { ...key.error, at: file } }
    named.push({ key: key.value, name: basename(file).replace(/(\.pub)?\.pem$/, '') })
  }
  if (new Set(named.map(({ key }) => key.keyID)).size !== named.length)
    return refuse('trust/badKey', `one key stands twice in ${files.join(', ')}; a threshold counts people`)
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > named.length)
    return refuse(
      'trust/badThreshold',
      `a threshold lies between 1 and the ${named.length} keys, not at ${threshold}`,
    )
  return ok({ keys: named, threshold })
}
