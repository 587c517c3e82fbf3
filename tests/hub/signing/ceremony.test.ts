/**
 * The whole ceremony with real tools: root keys of which one lies in a PKCS#11 token (SoftHSM) and one behind openssl, two of
 * three needed. Each step is the command that docs/ceremony.md shows, run as a process of its own against a running hub.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { epochMs } from '@fleetcast/shared/units.ts'
import { TufClient } from '@fleetcast/shared/trust/tuf-client.ts'
import { openCeremony, type Ceremony, type Said } from './ceremony-fixture.ts'
import { memoryStore } from './trust-fixture.ts'

vi.setConfig({ testTimeout: 120_000 })

let ceremony: Ceremony
const run = (words: string, env = {}): Promise<Said> => ceremony.fleetcast(words, env)
const done = async (words: string): Promise<string> => {
  const said = await run(words)
  expect(said, said.error).toMatchObject({ code: 0 })
  return said.out
}
const refused = async (words: string, code: string, env = {}): Promise<string> => {
  const said = await run(words, env)
  expect(said.error).toContain(code)
  expect(said.code).toBe(1)
  return said.error
}

const BOB = '--key exec:./sign-openssl.sh_bob.pem --public bob.pub.pem'
const CAROL = '--key exec:./sign-token.sh --public carol.pub.pem'

async function post(path: string, body: unknown): Promise<{ status: number; code: unknown }> {
  const answer = await ceremony.ask(path, body)
  return { status: answer.status, code: (answer.body as { code?: string }).code }
}

const staged = (stage: string, repository: string, file: string) => ({
  repository,
  file,
  text: readFileSync(ceremony.path(`${stage}/${repository}/${file}`), 'utf8'),
})

beforeAll(async () => {
  ceremony = await openCeremony()
}, 120_000)
afterAll(async () => ceremony.stop())

describe('before the ceremony', () => {
  test('the hub works, but nothing can be released or rolled out', async () => {
    expect(await done('trust status')).toContain('no trust is set up')
    await refused('release publish temperature-24h@1 --key file:ci.pem', 'trust/notInitialised')
    await refused('rollouts create 1', 'trust/notInitialised')
    expect(await done('release list')).toMatch(/temperature-24h +1 .*notReleased/)
  })
})

describe('the first ceremony', () => {
  const init =
    'trust init --root alice.pub.pem bob.pub.pem carol.pub.pem --root-threshold 2 --release ci.pub.pem --stage staged'

  test('writes both roots and the empty list, unsigned, and does not overwrite them', async () => {
    expect(await done(init)).toContain('staged/image/1.root.json')
    await refused(init, 'trust/stageExists')
    const status = await done('trust status staged')
    expect(status).toContain('root: 2 of alice')
    expect(status).toContain('image/1.root.json, root 1: 0 of 2: alice missing, bob missing, carol missing')
    expect(status).toContain('image/1.targets.json, release keys of root 1: 0 of 1: ci missing')
  })
  test('a threshold beyond its keys and a key that stands twice are refused', async () => {
    const bad = 'trust init --release ci.pub.pem --stage bad'
    await refused(`${bad} --root alice.pub.pem --root-threshold 2`, 'trust/badThreshold')
    await refused(`${bad} --root bob.pub.pem bob.pub.pem --root-threshold 2`, 'trust/badKey')
  })
  test('a stranger, a wrong passphrase, a wrong public key and a failing command sign nothing', async () => {
    await refused('trust sign staged --key file:mallory.pem', 'trust/foreignKey')
    await refused('trust sign staged --key file:alice.pem', 'trust/wrongPassphrase', {
      FLEETCAST_KEY_PASSPHRASE: 'guess',
    })
    const swapped = '--key exec:./sign-openssl.sh_bob.pem --public alice.pub.pem'
    await refused(`trust sign staged ${swapped}`, 'signer/badSignature')
    const error = await refused(`trust sign staged ${CAROL}`, 'signer/failed', { TOKEN_PIN: '000000' })
    expect(error).toContain('CKR_PIN_INCORRECT')
    expect(await done('trust status staged')).toContain('0 of 2')
  })
  test('one signature of two is not enough, on this machine and on the hub', async () => {
    await done('trust sign staged --key file:alice.pem')
    await refused('trust publish staged', 'trust/unsigned')
    await done('trust sign staged --key file:ci.pem')
    const files = [
      staged('staged', 'image', '1.root.json'),
      staged('staged', 'director', '1.root.json'),
      staged('staged', 'image', '1.targets.json'),
    ]
    expect(await post('/api/v1/trust/publications', { files })).toEqual({
      status: 422,
      code: 'trust/badSignature',
    })
  })
  test('with the token it is published, and the hub holds no key that could release', async () => {
    const said = await done(`trust sign staged ${CAROL}`)
    expect(said).toContain('all signatures are there')
    await done('trust publish staged')
    const status = await done('trust status')
    expect(status).toContain('production trust')
    expect(status).toMatch(/image +root +2 of 3 +alice .*bob .*carol/)
    await refused('trust publish staged', 'trust/conflict')
    await refused('trust init --demo', 'trust/exists')
    const keys = ceremony.path('state/trust/keys')
    expect(() => statSync(`${keys}/release.pem`)).toThrow('ENOENT')
    expect(statSync(`${keys}/image-online.pem`).mode & 0o777).toBe(0o600)
  })
})

describe('releases', () => {
  test('a version is released after its files were checked; without it no rollout begins', async () => {
    await refused('rollouts create 1', 'version/notReleased')
    const said = await run('release publish temperature-24h@1 --key file:ci.pem')
    expect(said.error).toContain('the manifest and 4 files have their digests')
    expect(said.error).toContain('+ released temperature-24h/1')
    expect(said).toMatchObject({ code: 0 })
    expect(await done('release list')).toMatch(/temperature-24h +1 .* released +1 /)
    await refused('rollouts create 1', 'rollout/noDevices')
  })
  test('a key without a say, here and on the hub', async () => {
    await refused('release publish temperature-24h@2 --key file:mallory.pem', 'trust/foreignKey')
    await refused('release publish temperature-24h@2', 'trust/notDemo')
    await done('release publish temperature-24h@2 --stage forged')
    const { text } = staged('forged', 'image', '3.targets.json')
    expect(await post('/api/v1/releases', { targets: text })).toEqual({
      status: 422,
      code: 'trust/badSignature',
    })
    rmSync(ceremony.path('forged'), { recursive: true })
  })
  test('a version the hub does not have, and one whose file was changed on the hub', async () => {
    await refused('release publish temperature-24h@9 --key file:ci.pem', 'version/notFound')
    const [, , third] = (await ceremony.ask('/api/v1/releases')).body as { digest: string }[]
    const manifest = await ceremony.ask(`/api/v1/releases/files/${third!.digest}`)
    const model = (manifest.body as { layers: { digest: string }[] }).layers[0]!.digest
    writeFileSync(ceremony.path(`state/blobs/${model.slice(0, 2)}/${model}`), 'b model of version 3')
    await refused('release publish temperature-24h@3 --key file:ci.pem', 'release/differs')
  })
  test('a version that failed its gates, whoever holds the keys', async () => {
    await refused('release publish temperature-24h@4 --key file:ci.pem', 'gates/failed')
    expect(await done('release list')).toMatch(/temperature-24h +4 .* notReleased /)
    expect(await done('models list')).toMatch(/@4 .* failed: data /)
    const asked = JSON.parse(
      await done('--json models gates override temperature-24h@4 data --reason a_sparse_year'),
    ) as { id: string }
    await refused(`models gates approve ${asked.id} --reason I_am_sure`, 'gates/secondPersonNeeded')
    expect(await done('models gates list')).toMatch(/temperature-24h@4 +data +open .* a sparse year/)
    expect(await done('models show temperature-24h@4')).toMatch(/override of data: open; asked by/)
  })
  test('a revoked version goes to nobody and is not released again', async () => {
    await done('release publish temperature-24h@2 --key file:ci.pem')
    await done('release revoke temperature-24h@2 --reason reads_high_at_sea --key file:ci.pem')
    expect(await done('release list')).toMatch(/2 .* revoked .*reads high at sea/)
    await refused('rollouts create 2', 'version/notReleased')
    await refused('release publish temperature-24h@2 --epoch 2 --key file:ci.pem', 'release/revoked')
  })
})

describe('rotations', () => {
  test('of the release key: the old one has no say any more', async () => {
    await done('trust rotate release --release ci2.pub.pem --stage release')
    await done(`trust sign release ${BOB}`)
    await refused('trust publish release', 'trust/unsigned')
    await done(`trust sign release ${CAROL}`)
    await refused('trust publish release', 'trust/unsigned') // the list needs the new release key
    await done('trust sign release --key file:ci2.pem')
    await done('trust publish release')
    await refused('release publish temperature-24h@1 --epoch 2 --key file:ci.pem', 'trust/foreignKey')
    await done('release publish temperature-24h@1 --epoch 2 --key file:ci2.pem')
  })
  test('of a root key: old and new threshold both have to sign', async () => {
    const rotate =
      'trust rotate root --root alice.pub.pem bob.pub.pem dave.pub.pem --root-threshold 2 --stage root'
    await done(rotate)
    await done('trust sign root --key file:dave.pem')
    await done('trust sign root --key file:alice.pem')
    const missing = await refused('trust publish root', 'trust/unsigned')
    expect(missing).toContain('root 2 (published): 1 of 2: alice signed, bob missing, carol missing')
    const files = [staged('root', 'image', '3.root.json'), staged('root', 'director', '2.root.json')]
    expect((await post('/api/v1/trust/publications', { files })).code).toBe('trust/badSignature')
    await done(`trust sign root ${BOB}`)
    await done('trust publish root')
    expect(await done('trust status')).toMatch(/image +root +2 of 3 +alice .*bob .*dave/)
  })
  test('a root of one repository is not taken for one of the other', async () => {
    const text = readFileSync(ceremony.path('state/trust/director/2.root.json'), 'utf8')
    const files = [{ repository: 'image', file: '4.root.json', text }]
    expect((await post('/api/v1/trust/publications', { files })).code).toBe('trust/badMetadata')
  })
  test.each(['image-online', 'director-online'])('of the key %s of the hub', async (name) => {
    const pem = readFileSync(ceremony.path(`state/trust/keys/${name}.pem`), 'utf8')
    await done(`trust rotate ${name} --stage ${name}`)
    await done(`trust sign ${name} --key file:dave.pem`)
    await done(`trust sign ${name} ${BOB}`)
    await done(`trust publish ${name}`)
    expect(readFileSync(ceremony.path(`state/trust/keys/${name}.pem`), 'utf8')).not.toBe(pem)
  })
})

describe('a device that pinned the very first root', () => {
  test('follows every rotation and sees the newest list', async () => {
    const folder = ceremony.path('state/trust/image')
    const client = new TufClient({
      store: memoryStore(),
      bootstrapRoot: readFileSync(`${folder}/1.root.json`),
      source: {
        get: async (file) => {
          try {
            return readFileSync(`${folder}/${file}`)
          } catch {
            return null
          }
        },
      },
      now: () => epochMs(Date.now()),
    })
    const { root, targets } = await client.refresh()
    expect(root.signed.version).toBe(4)
    expect(targets.signed.targets['temperature-24h/1']?.custom['epoch']).toBe(2)
    expect(targets.signed.targets['temperature-24h/2']?.custom['revoked']).toBe('reads high at sea')
  })
})
