/**
 * The command line against a hub that was started for real: from the first administrator's link to the verified audit log.
 * Everything that was printed, logged or visible in the process list is kept, and searched for the secrets at the end.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  eventually,
  fleetcastWith,
  freePort,
  getJson,
  temporaryFolder,
  type Program,
} from '../../e2e/programs.ts'

const PASSWORD = 'wrong mule cell clip'
const folder = temporaryFolder()
const environment = { XDG_CONFIG_HOME: join(folder.path, 'config'), FLEETCAST_TOKEN: '' }
const ownFile = join(folder.path, 'config', 'fleetcast', 'credentials.json')
let port = 0
let url = ''
let hub: Program
let processes = ''
const answers: string[] = []

type Ran = { readonly code: number | null; readonly output: string }

async function run(words: readonly string[], input = '', more: Record<string, string> = {}): Promise<Ran> {
  const program = fleetcastWith({ ...environment, ...more }, '--hub', url, ...words)
  if (input !== '') program.process.stdin?.write(`${input}\n`)
  const watch = setInterval(() => (processes += execFileSync('ps', ['-eo', 'args']).toString()), 50)
  const { code } = await program.exited
  clearInterval(watch)
  answers.push(program.output())
  return { code, output: program.output() }
}

const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return (await (await fetch(`${url}${path}`, init)).json()) as Record<string, unknown>
}
const secretOf = (output: string): string => /#\/invitation\/([\w-]{43})/.exec(output)?.[1] ?? ''
const keptToken = (): string =>
  (JSON.parse(readFileSync(ownFile, 'utf8')) as { hubs: Record<string, { token: string }> }).hubs[url]!.token

beforeAll(async () => {
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  const ports = ['--port', String(port), '--mqtt-port', String(await freePort())]
  hub = fleetcastWith(
    environment,
    'hub',
    '--state',
    join(folder.path, 'hub'),
    ...ports,
    '--log-level',
    'debug',
  )
  await eventually(
    () => getJson<{ status: string }>(port, '/healthz'),
    ({ status }) => status === 'ok',
    60,
  )
}, 120_000)
afterAll(async () => {
  hub.process.kill('SIGTERM')
  await hub.exited
  folder.remove()
})

describe('from the first start on', () => {
  test('the hub prints one link for its administrator, who sets a password by it', async () => {
    const secret = secretOf(hub.output())
    expect(await post('/api/v1/invitation', { secret, password: PASSWORD })).toMatchObject({
      user: 'admin',
      role: 'admin',
    })
  })
  test('without sign-in a command says what to type', async () => {
    expect(await run(['users', 'list'])).toEqual({
      code: 1,
      output: expect.stringMatching(/access\/notSignedIn: .*\n +fleetcast login/),
    })
  })
  test('login reads the password from standard input and keeps a token for its owner alone', async () => {
    expect(await run(['login', '--user', 'admin'], 'not the password')).toMatchObject({
      code: 1,
      output: expect.stringContaining('access/wrongPassword'),
    })
    expect((await run(['login', '--user', 'admin'], PASSWORD)).code).toBe(0)
    expect(statSync(ownFile).mode & 0o777).toBe(0o600)
    expect(keptToken()).toMatch(/^fct_/)
  })
  test('users are added, listed, invited again, given another role and locked out', async () => {
    const added = await run(['users', 'add', 'olga', '--role', 'viewer'])
    const again = await run(['users', 'invite', 'olga'])
    expect(secretOf(added.output)).not.toBe(secretOf(again.output))
    expect(await post('/api/v1/invitation/read', { secret: secretOf(added.output) })).toMatchObject({
      code: 'access/badInvitation',
    })
    expect(await post('/api/v1/invitation/read', { secret: secretOf(again.output) })).toMatchObject({
      user: 'olga',
    })
    expect((await run(['users', 'role', 'olga', 'operator'])).output).toContain('olga is operator')
    expect((await run(['users', 'disable', 'olga'])).output).toContain('olga is locked out')
    expect((await run(['users', 'list'])).output).toMatch(/olga +operator +locked out/)
    expect(await run(['users', 'disable', 'admin'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('user/lastAdmin'),
    })
  }, 120_000)
  test('a token from the environment comes first; once revoked it is refused', async () => {
    const made = (
      await run(['tokens', 'create', '--name', 'ci', '--role', 'viewer', '--days', '7'])
    ).output.trim()
    expect(made).toMatch(/^fct_[0-9a-f]{12}_[\w-]{43}$/)
    const withToken = { FLEETCAST_TOKEN: made }
    expect((await run(['devices', 'list'], '', withToken)).code).toBe(0)
    expect((await run(['users', 'list'], '', withToken)).output).toContain('access/forbidden')
    expect((await run(['tokens', 'list'])).output).toMatch(/admin +ci +viewer/)
    await run(['tokens', 'revoke', made.slice(4, 16)])
    expect((await run(['devices', 'list'], '', withToken)).output).toContain('access/revokedToken')
  }, 120_000)
})

describe('the audit log', () => {
  const file = join(folder.path, 'audit.ndjson')

  test('is listed, exported and verified, by the hub and by the file', async () => {
    expect((await run(['audit', 'list'])).output).toMatch(/admin \(token \w+\) +addUser +POST users/)
    expect((await run(['audit', 'export', '--out', file])).code).toBe(0)
    const head = /head ([0-9a-f]{64})/.exec((await run(['audit', 'verify'])).output)?.[1] ?? ''
    expect((await run(['audit', 'verify', '--file', file, '--head', head])).code).toBe(0)
    const exported = (await run(['audit', 'export'])).output.trim()
    expect(exported).toBe(readFileSync(file, 'utf8').trim())
  }, 120_000)
  test('names the entry that was changed in a file, and finds what was cut off', async () => {
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    const last = JSON.parse(lines.at(-1)!) as { hash: string }
    writeFileSync(
      file,
      lines.map((line, i) => (i === 3 ? line.replace('"actor":"', '"actor":"x') : line)).join('\n'),
    )
    expect(await run(['audit', 'verify', '--file', file])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/audit\/broken: entry 4 /),
    })
    writeFileSync(file, lines.slice(0, -1).join('\n'))
    expect((await run(['audit', 'verify', '--file', file])).code).toBe(0)
    expect((await run(['audit', 'verify', '--file', file, '--head', last.hash])).output).toContain(
      'audit/headMissing',
    )
    writeFileSync(file, 'no log\n')
    expect((await run(['audit', 'verify', '--file', file])).output).toContain('audit/badLine')
  }, 120_000)
})

describe('secrets', () => {
  test('are in no log, no address, no process list, and in no file of the hub', async () => {
    const token = keptToken()
    expect((await run(['logout'])).code).toBe(0)
    const [printed = '', ...links] = [hub.output(), ...answers].flatMap((text) => secretOf(text) || [])
    const log = hub
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .join('\n')
    expect(log).toContain('the hub is up')
    expect(processes).toMatch(/fleetcast\.mjs/)
    const secrets = [PASSWORD, token, token.split('_').slice(2).join('_'), printed, ...links]
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(10)
      expect(log.includes(secret)).toBe(false)
      expect(processes.includes(secret)).toBe(false)
      for (const path of filesBelow(join(folder.path, 'hub')))
        expect(readFileSync(path).includes(secret)).toBe(false)
    }
  })
  test('logout has revoked the token and forgotten it', async () => {
    expect(JSON.parse(readFileSync(ownFile, 'utf8'))).toMatchObject({ hubs: {} })
    expect((await run(['users', 'list'])).output).toContain('access/notSignedIn')
  })
})

const filesBelow = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)],
  )
