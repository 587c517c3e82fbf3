/** The private keys that lie on this hub: two online keys always, root and release too in demo trust. */
import type { Root } from '@tufjs/models'
import { assert } from '@fleetcast/shared/assert.ts'
import { KEY_NAMES, type KeyName, type KeySlot, type TrustFiles } from '../ports/trust-files.ts'
import { newKeyPem, pemSigner, publicPemOf, type Signer } from './signer.ts'

export type HeldKey = {
  readonly name: KeyName
  readonly slot: KeySlot
  readonly signer: Signer
  readonly privatePem: string
  readonly publicPem: string
}

type Keys = Pick<TrustFiles, 'readKey' | 'writeKey' | 'removeKey'>

const SLOTS: readonly KeySlot[] = ['live', 'pending']

function heldKey(name: KeyName, slot: KeySlot, privatePem: string): HeldKey {
  const signer = pemSigner(privatePem, null)
  assert(signer.ok, `the key ${name} of this hub cannot be read: restore its file from a backup`)
  return { name, slot, signer: signer.value, privatePem, publicPem: publicPemOf(privatePem) }
}

export async function readHeldKeys(files: Keys): Promise<readonly HeldKey[]> {
  const held: HeldKey[] = []
  for (const name of KEY_NAMES)
    for (const slot of SLOTS) {
      const pem = await files.readKey(name, slot)
      if (pem !== null) held.push(heldKey(name, slot, pem))
    }
  return held
}

/** The key of that name and slot, made when there is none. */
export async function ensureKey(files: Keys, name: KeyName, slot: KeySlot): Promise<HeldKey> {
  const before = await files.readKey(name, slot)
  if (before !== null) return heldKey(name, slot, before)
  const pem = newKeyPem()
  await files.writeKey(name, slot, pem)
  return heldKey(name, slot, pem)
}

/** Held keys that a root names for a role. */
export const signersOf = (held: readonly HeldKey[], root: Root, role: string): readonly Signer[] =>
  held.map(({ signer }) => signer).filter(({ key }) => root.roles[role]?.keyIDs.includes(key.keyID))

/** What the published roots say of the held keys becomes their place: a named pending key goes live, a key that lost its role goes. */
export async function settleKeys(files: Keys, roots: readonly Root[]): Promise<void> {
  const isNamed = ({ signer }: HeldKey): boolean =>
    roots.some((root) => root.keys[signer.key.keyID] !== undefined)
  for (const key of await readHeldKeys(files)) {
    if (key.slot === 'pending' && isNamed(key)) {
      await files.writeKey(key.name, 'live', key.privatePem)
      await files.removeKey(key.name, 'pending')
    }
    const isOffline = key.name === 'root' || key.name === 'release'
    if (key.slot === 'live' && isOffline && !isNamed(key)) await files.removeKey(key.name, 'live')
  }
}
