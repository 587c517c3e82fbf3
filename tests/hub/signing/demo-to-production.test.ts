/** From trying things out to people who hold the keys, with the commands that docs/ceremony.md shows. */
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openCeremony, type Ceremony } from './ceremony-fixture.ts'

vi.setConfig({ testTimeout: 120_000 })

let ceremony: Ceremony
beforeAll(async () => {
  ceremony = await openCeremony()
}, 120_000)
afterAll(async () => ceremony.stop())

const done = async (words: string): Promise<string> => {
  const said = await ceremony.fleetcast(words)
  expect(said, said.error).toMatchObject({ code: 0 })
  return said.out
}
const refused = async (words: string, code: string): Promise<void> => {
  const said = await ceremony.fleetcast(words)
  expect(said.error).toContain(code)
  expect(said.code).toBe(1)
}
const isOnHub = (name: string): boolean => existsSync(ceremony.path(`state/trust/keys/${name}.pem`))
const overview = async () =>
  (await ceremony.ask('/api/v1/overview')).body as { hub: { isDemo: boolean; trust: { state: string } } }

test('a demo releases what is registered by itself, revokes and rotates at once, and says what it is', async () => {
  await done('trust init --demo')
  expect(await done('trust status')).toContain('demo trust: every key lies on the hub')
  expect((await done('release list')).match(/ released /g)).toHaveLength(3)
  await done('release revoke temperature-24h@2 --reason drifts_at_sea')
  expect(await done('release list')).toMatch(/2 .* revoked .*drifts at sea/)
  await done('trust rotate release')
  await done('release publish temperature-24h@1 --epoch 2')
})

test('the demo ends when people hold every root and release key, and not before', async () => {
  const people = '--root alice.pub.pem bob.pub.pem carol.pub.pem --root-threshold 2'
  await done(`trust rotate root ${people} --stage half`)
  expect(await done('trust status half')).toContain('demo trust: the keys lie on the hub')

  await done(`trust rotate root ${people} --release ci.pub.pem --stage production`)
  await done('trust sign production --key file:state/trust/keys/root.pem')
  await done('trust sign production --key file:alice.pem')
  await refused('trust publish production', 'trust/unsigned')
  await done('trust sign production --key exec:./sign-openssl.sh_bob.pem --public bob.pub.pem')
  await done('trust sign production --key file:ci.pem')
  await done('trust publish production')

  expect(await done('trust status')).toContain('production trust')
  expect(['root', 'release', 'image-online', 'director-online'].filter(isOnHub)).toEqual([
    'image-online',
    'director-online',
  ])
  await refused('release revoke temperature-24h@3 --reason late', 'trust/notDemo')
  await done('release revoke temperature-24h@3 --reason late --key file:ci.pem')
  const events = (await ceremony.ask('/api/v1/events')).body as { code: string }[]
  expect(events.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['trust/rootPublished', 'release/released', 'release/revoked', 'release/changed']),
  )
})

test('the same root keys sign for another year', async () => {
  await done('trust rotate root --stage renewal')
  expect(await done('trust status renewal')).toContain(
    'image/4.root.json: root of the image repository, version 4',
  )
  for (const name of ['alice', 'bob']) await done(`trust sign renewal --key file:${name}.pem`)
  await done('trust publish renewal')
})

test('several people release together: a draft, two signatures, one publication', async () => {
  await done('trust rotate release --release ci.pub.pem ci2.pub.pem --release-threshold 2 --stage release')
  for (const name of ['alice', 'bob', 'ci', 'ci2']) await done(`trust sign release --key file:${name}.pem`)
  await done('trust publish release')
  await refused('release publish temperature-24h@1 --epoch 3 --key file:ci.pem', 'trust/unsigned')
  await done('release publish temperature-24h@1 --epoch 3 --stage list')
  await done('trust sign list --key file:ci.pem')
  await done('trust sign list --key file:ci2.pem')
  await done('trust publish list')
  expect(await done('release list')).toMatch(/temperature-24h +1 .* released +3 /)
  expect(await overviewTrust()).toEqual({ isDemo: false, state: 'production' })
})

async function overviewTrust() {
  const { hub } = await overview()
  return { isDemo: hub.isDemo, state: hub.trust.state }
}
