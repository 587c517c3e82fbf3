/** Keys in files and commands that sign: what is accepted, what is refused, and that nothing hangs. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKeySources } from '../../../hub/adapters/key-sources.ts'
import { openSigner } from '../../../hub/cli/trust/open-keys.ts'
import { addSignature, isSignedBy } from '../../../hub/signing/sign-metadata.ts'
import { firstList } from '../../../hub/signing/release-list.ts'
import { pemSigner, publicPemOf } from '../../../hub/signing/signer.ts'
import { readPublicKey } from '../../../hub/signing/tuf-key.ts'
import { Metadata } from '@tufjs/models'
import { START } from './trust-fixture.ts'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'fleetcast-signer-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const payload = new TextEncoder().encode('{}')
const keys = createKeySources({ FLEETCAST_KEY_PASSPHRASE: 'long-enough' }, { commandMs: 700 })
const openssl = (line: string): void =>
  void execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' })

describe('a key in a file', () => {
  test.each(['-algorithm ed25519', '-algorithm EC -pkeyopt ec_paramgen_curve:P-256'])(
    'made by openssl genpkey %s signs metadata that verify',
    async (algorithm) => {
      openssl(`genpkey ${algorithm} -aes256 -pass pass:long-enough -out a.pem`)
      const signer = await openSigner(keys, { key: `file:${join(folder, 'a.pem')}` })
      if (!signer.ok) throw new Error(signer.error.message)
      const signed = await addSignature(new Metadata(firstList(START)), signer.value)
      if (!signed.ok) throw new Error(signed.error.message)
      expect(isSignedBy(signed.value, signer.value)).toBe(true)
    },
  )
  test('of another kind, a damaged one and a public one are refused with what to do', () => {
    const pem = (name: 'P-384' | 'rsa'): string => {
      const { privateKey } =
        name === 'rsa'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('ec', { namedCurve: name })
      return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    }
    for (const text of [pem('rsa'), pem('P-384'), 'not a key', pem('rsa').replace(/\n.{10}/, '\n')])
      expect(pemSigner(text, null)).toMatchObject({ error: { code: 'trust/badKey' } })
    expect(readPublicKey(publicPemOf(pem('P-384')))).toMatchObject({ error: { code: 'trust/badKey' } })
    expect(readPublicKey(pem('rsa'))).toMatchObject({ error: { code: 'trust/badKey' } })
  })
  test('that is not there, and a key option that is none', async () => {
    expect(await openSigner(keys, { key: 'file:/nowhere.pem' })).toMatchObject({
      error: { code: 'trust/noFile' },
    })
    expect(await openSigner(keys, { key: 'a.pem' })).toMatchObject({ error: { code: 'signer/badKey' } })
    expect(await openSigner(keys, { key: 'exec:./sign.sh' })).toMatchObject({
      error: { code: 'signer/badKey' },
    })
  })
})

describe('a command', () => {
  const script = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    return path
  }
  test('gets the payload on its standard input and its arguments as words', async () => {
    const command = script('echo.sh', 'cat; printf "%s" "$#$2"')
    expect(await keys.sign(`${command} one two;three`, payload)).toEqual({
      ok: true,
      value: new TextEncoder().encode('{}2two;three'),
    })
  })
  test('that fails tells its exit code and what it said', async () => {
    const failed = await keys.sign(script('fail.sh', 'echo "no token in the slot" >&2; exit 7'), payload)
    expect(failed).toMatchObject({
      error: { code: 'signer/failed', message: expect.stringMatching(/7: no token in the slot/) },
    })
  })
  test('that takes for ever, floods, or is not there is ended', async () => {
    expect(await keys.sign(script('slow.sh', 'exec sleep 60'), payload)).toMatchObject({
      error: { code: 'signer/timeout' },
    })
    expect(await keys.sign(script('flood.sh', 'exec cat /dev/zero'), payload)).toMatchObject({
      error: { code: 'signer/tooLarge' },
    })
    expect(await keys.sign('/nowhere/sign.sh', payload)).toMatchObject({ error: { code: 'signer/failed' } })
  })
})
