import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  openEnvelope,
  publicKeyToBase64,
  signEnvelope,
  trustedKeys,
} from '@fleetcast/shared/crypto/envelope.ts'

const mine = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const trusted = trustedKeys([publicKeyToBase64(mine.publicKey)])
const payload = { device: 'sea', generation: 3 }

describe('a signed document', () => {
  test('opens when a trusted key signed it, whatever the order of its keys', () => {
    const envelope = signEnvelope(payload, mine.privateKey)
    const reordered = { ...envelope, signed: { generation: 3, device: 'sea' } }
    expect(openEnvelope(reordered, trusted)).toEqual({ ok: true, value: payload })
  })
  test('is refused when one value was changed after signing', () => {
    const envelope = signEnvelope(payload, mine.privateKey)
    const forged = { ...envelope, signed: { ...payload, generation: 4 } }
    expect(openEnvelope(forged, trusted)).toMatchObject({ ok: false, error: { code: 'signature/invalid' } })
  })
  test('is refused when a stranger signed it', () => {
    const envelope = signEnvelope(payload, other.privateKey)
    expect(openEnvelope(envelope, trusted)).toMatchObject({
      ok: false,
      error: { code: 'signature/unknownKey' },
    })
  })
  test('is refused when a stranger uses the key id of a trusted key', () => {
    const [known] = trusted.keys()
    const envelope = signEnvelope(payload, other.privateKey)
    const forged = { ...envelope, signatures: [{ ...envelope.signatures[0]!, keyId: known! }] }
    expect(openEnvelope(forged, trusted)).toMatchObject({ ok: false, error: { code: 'signature/invalid' } })
  })
  test('is refused without any signature', () => {
    expect(openEnvelope({ signed: payload, signatures: [] }, trusted)).toMatchObject({
      ok: false,
      error: { code: 'signature/missing' },
    })
  })
})
