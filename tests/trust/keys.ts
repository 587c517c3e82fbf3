/** Real Ed25519 keys and the two first roots that enrolment would pin. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { canonicalize } from '@tufjs/canonical-json'
import { Key, Metadata, Root, Signature, type Snapshot, type Targets, type Timestamp } from '@tufjs/models'

export const SPEC_VERSION = '1.0.31'

export type Signer = { readonly key: Key; readonly sign: (bytes: Buffer) => string }

export function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const hex = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
  const body = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } }
  const keyID = createHash('sha256').update(canonicalize(body)).digest('hex')
  const key = new Key({ keyID, keyType: body.keytype, scheme: body.scheme, keyVal: body.keyval })
  return { key, sign: (bytes) => signWith(privateKey, bytes) }
}

const signWith = (key: KeyObject, bytes: Buffer): string => sign(null, bytes, key).toString('hex')

type Signed = Root | Timestamp | Snapshot | Targets

/** The file as a repository serves it. */
export function signMetadata(signed: Signed, ...signers: readonly Signer[]): Uint8Array {
  const metadata = new Metadata(signed as Root)
  const bytes = Buffer.from(canonicalize(signed.toJSON()))
  for (const { key, sign: signBytes } of signers)
    metadata.signatures[key.keyID] = new Signature({ keyID: key.keyID, sig: signBytes(bytes) })
  return new TextEncoder().encode(JSON.stringify(metadata.toJSON()))
}

export type RoleSigners = Readonly<Record<'root' | 'targets' | 'snapshot' | 'timestamp', Signer>>

/** One key a role, threshold 1; `by` signs too, when the root key changes. */
export function signRoot(
  roles: RoleSigners,
  { version = 1, demo = false, by = [] }: { version?: number; demo?: boolean; by?: readonly Signer[] } = {},
): Uint8Array {
  const signers = Object.values(roles)
  const root = Root.fromJSON({
    _type: 'root',
    spec_version: SPEC_VERSION,
    version,
    expires: '2099-01-01T00:00:00Z',
    consistent_snapshot: true,
    ...(demo ? { 'x-demo': true } : {}),
    keys: Object.fromEntries(signers.map(({ key }) => [key.keyID, key.toJSON()])),
    roles: Object.fromEntries(
      Object.entries(roles).map(([role, { key }]) => [role, { keyids: [key.keyID], threshold: 1 }]),
    ),
  })
  return signMetadata(root, roles.root, ...by)
}

export type TrustKeys = {
  readonly image: RoleSigners
  readonly director: RoleSigners
  readonly imageRoot: string
  readonly directorRoot: string
}

export function createTrustKeys(options: { demo?: boolean } = {}): TrustKeys {
  const [root, release, imageOnline, directorOnline] = [
    createSigner(),
    createSigner(),
    createSigner(),
    createSigner(),
  ]
  const image = { root, targets: release, snapshot: imageOnline, timestamp: imageOnline }
  const director = { root, targets: directorOnline, snapshot: directorOnline, timestamp: directorOnline }
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  return {
    image,
    director,
    imageRoot: text(signRoot(image, options)),
    directorRoot: text(signRoot(director, options)),
  }
}
