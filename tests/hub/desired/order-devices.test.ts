import { createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openEnvelope, trustedKeys } from '@fleetcast/shared/crypto/envelope.ts'
import { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import { WANT_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { encodeOrder, signOrders } from '../../../hub/desired/order-devices.ts'
import { createSigner, generatePrivateKeyPem } from '../../../hub/signing/signer.ts'

const pem = generatePrivateKeyPem()
const signer = createSigner(pem)
const digest = (c: string): BundleDigest => BundleDigest.parse(c.repeat(64))
const sea = DeviceId.parse('sea')
const order = {
  device: sea,
  champion: digest('a'),
  candidate: digest('b'),
  prefetch: [digest('c'), digest('d')],
}

describe('orders', () => {
  test('carry the next generation and a signature that the device accepts', () => {
    const [first] = signOrders(signer, [order], new Map())
    expect(first?.envelope.signed.generation).toBe(1)
    const [second] = signOrders(
      signer,
      [{ ...order, candidate: null }],
      new Map([[sea, first!.envelope.signed]]),
    )
    expect(second?.envelope.signed.generation).toBe(2)
    const trusted = trustedKeys([
      createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64'),
    ])
    expect(openEnvelope(second!.envelope, trusted)).toMatchObject({
      ok: true,
      value: { device: 'sea', candidate: null },
    })
  })
  test('that say nothing new are not made', () => {
    const [first] = signOrders(signer, [order], new Map())
    expect(signOrders(signer, [order], new Map([[sea, first!.envelope.signed]]))).toEqual([])
  })
  test('fit the limit of the wire', () => {
    const prefetch = ['c', 'd', 'e', 'f'].map(digest)
    const [signed] = signOrders(
      signer,
      [{ ...order, device: DeviceId.parse('x'.repeat(63)), prefetch }],
      new Map(),
    )
    expect(encodeOrder(signed!.envelope).length).toBeLessThan(WANT_BYTES_MAX)
  })
})
