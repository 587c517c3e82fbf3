/** A hub with two registered versions, people with keys in files, behind openssl and in a PKCS#11 token, and the real command line. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleDigestOf } from '@fleetcast/shared/bundle/manifest.ts'
import { BundleDigest, DatasetDigest, SiteId } from '@fleetcast/shared/ids.ts'
import { GATE_DEFAULTS } from '@fleetcast/shared/recipe/gates.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { createBlobFolder } from '../../../hub/adapters/blob-folder.ts'
import { readCredential } from '../../../hub/adapters/credentials-file.ts'
import { HUB_DEFAULTS, type HubConfig } from '../../../hub/config/config.ts'
import { judgeVersion } from '../../../hub/gates/judge-version.ts'
import { buildManifest } from '../../../hub/registry/build-manifest.ts'
import type { RunReport } from '../../../hub/runs/run-report.ts'
import { startHub } from '../../../hub/start-hub.ts'
import { openStore } from '../../../hub/store/open-store.ts'
import { insertVersion } from '../../../hub/store/queries/runs-and-versions.ts'
import { eventually, freePort, getJson, temporaryFolder } from '../../e2e/programs.ts'
import { madeUpEvidence } from '../gates/gate-evidence.ts'
import { MIGRATIONS } from '../store/engines.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const TOKEN_MODULE = '/usr/lib/softhsm/libsofthsm2.so'

export type Said = { readonly code: number | null; readonly out: string; readonly error: string }

export type Ceremony = {
  readonly folder: string
  readonly config: HubConfig
  readonly path: (name: string) => string
  /** The API as an administrator: GET, or POST with a body. */
  readonly ask: (path: string, body?: unknown) => Promise<{ status: number; body: unknown }>
  /** `fleetcast WORDS...` as a process of its own, in the folder of the ceremony. */
  readonly fleetcast: (words: string, env?: Readonly<Record<string, string>>) => Promise<Said>
  readonly stop: () => Promise<void>
}

export async function openCeremony(): Promise<Ceremony> {
  const temporary = temporaryFolder()
  const folder = temporary.path
  const path = (name: string): string => join(folder, name)
  const config: HubConfig = {
    ...HUB_DEFAULTS,
    stateDir: path('state'),
    httpPort: await freePort(),
    mqttPort: await freePort(),
    logLevel: 'silent',
    isDemo: true, // a user without a password; the keys are people's
    credentialsOut: path('credentials.json'),
  }
  mkdirSync(path('state'))
  await registerVersions(config.stateDir, 4)
  const interrupted = new AbortController()
  const running = startHub(config, {
    folder: join(root, 'hub', 'dist'),
    interrupted: interrupted.signal,
    tell: () => {},
  })
  await eventually(
    () => getJson<{ status: string }>(config.httpPort, '/healthz'),
    ({ status }) => status === 'ok',
    20,
  )
  const hub = `http://127.0.0.1:${config.httpPort}`
  const token = (await readCredential(path('credentials.json'), hub))?.token ?? ''
  const env = { ...process.env, ...makeKeys(folder), FLEETCAST_HUB: hub, FLEETCAST_TOKEN: token }
  return {
    folder,
    config,
    path,
    ask: async (path, body) => await ask(`${hub}${path}`, token, body),
    fleetcast: (words, more = {}) => runCommand(words.split(' '), { cwd: folder, env: { ...env, ...more } }),
    stop: async () => {
      interrupted.abort()
      await running
      temporary.remove()
    },
  }
}

async function ask(url: string, token: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const asked = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(url, asked)
  return { status: response.status, body: await response.json() }
}

function runCommand(
  words: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const program = join(root, 'shared/scripts/fleetcast.mjs')
    const child = spawn(process.execPath, [program, ...words.map((word) => word.replaceAll('_', ' '))], {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { out: '', error: '' }
    child.stdout.on('data', (part: Buffer) => (said.out += part.toString()))
    child.stderr.on('data', (part: Buffer) => (said.error += part.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...said }))
  })
}

/** alice: file with a passphrase; bob: behind openssl; carol: in a token; the others in plain files. */
function makeKeys(folder: string): Readonly<Record<string, string>> {
  const env = {
    ...{ SOFTHSM2_CONF: join(folder, 'softhsm.conf'), TOKEN_MODULE, TOKEN_LABEL: 'ceremony' },
    ...{ TOKEN_KEY: '01', TOKEN_PIN: '482913', FLEETCAST_KEY_PASSPHRASE: 'four words are enough' },
  }
  const run = (program: string, args: readonly string[]): void =>
    void execFileSync(program, args, { cwd: folder, stdio: 'pipe', env: { ...process.env, ...env } })
  const openssl = (line: string): void => run('openssl', line.split(' '))
  openssl('genpkey -algorithm ed25519 -aes256 -pass env:FLEETCAST_KEY_PASSPHRASE -out alice.pem')
  openssl('pkey -in alice.pem -passin env:FLEETCAST_KEY_PASSPHRASE -pubout -out alice.pub.pem')
  openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out dave.pem')
  for (const name of ['bob', 'ci', 'ci2', 'mallory']) openssl(`genpkey -algorithm ed25519 -out ${name}.pem`)
  for (const name of ['bob', 'dave', 'ci', 'ci2', 'mallory'])
    openssl(`pkey -in ${name}.pem -pubout -out ${name}.pub.pem`)
  mkdirSync(join(folder, 'tokens'))
  writeFileSync(env.SOFTHSM2_CONF, `directories.tokendir = ${join(folder, 'tokens')}\n`)
  run('softhsm2-util', [
    '--init-token',
    '--free',
    '--label',
    'ceremony',
    '--pin',
    env.TOKEN_PIN,
    '--so-pin',
    '73519',
  ])
  const token = ['--module', TOKEN_MODULE, '--token-label', 'ceremony', '--login', '--pin', 'env:TOKEN_PIN']
  run('pkcs11-tool', [
    ...token,
    '--keypairgen',
    '--key-type',
    'EC:prime256v1',
    '--label',
    'carol',
    '--id',
    '01',
  ])
  run('pkcs11-tool', [
    ...token,
    '--read-object',
    '--type',
    'pubkey',
    '--id',
    '01',
    '--output-file',
    'carol.der',
  ])
  openssl('pkey -pubin -inform DER -in carol.der -out carol.pub.pem')
  for (const name of ['sign-token.sh', 'sign-openssl.sh']) run('cp', [join(root, 'docs/ceremony', name), '.'])
  return env
}

const FILES = [
  ['model.onnx', 'a model'],
  ['signature.json', '{}'],
  ['reference-profile.json', '{}'],
  ['golden.json', '{}'],
] as const

const REPORT: RunReport = {
  ...{
    schema: 'fleetcast/run-report/1',
    algorithm: 'ridge',
    choice: 'the only one',
    algorithms: [],
    rows: 10,
  },
  trials: [],
  chosenTrial: null,
  split: { training: 6, validation: 2, test: 2 },
  metric: 'mae',
  accuracy: null,
  interval: null,
  ...{ testMae: 1, persistenceMae: 2, seasonalPersistenceMae: 2, climatologyMae: 3, bySite: [] },
  parity: { rows: 1, maxDifference: 0, tolerance: 1, replay: null },
  ...{ format: null, weights: null },
  ...{ features: [], backend: 'none', seed: 7, cpuSeconds: 0 },
  versions: { node: '', onnxruntime: '', tensorflow: '' },
}

/** Gates that a version failed: too many gaps in its data. */
const FAILED_GATES = judgeVersion(
  GATE_DEFAULTS,
  madeUpEvidence({ data: { channels: [{ channel: 'temperature', share: 0.4, expected: 10 }], sites: [] } }),
)

/** As training would have left them: the last one failed its gates, the others are older than those. */
async function registerVersions(stateDir: string, count: number): Promise<void> {
  const store = await openStore({
    database: 'sqlite',
    sqliteFile: join(stateDir, 'hub.db'),
    migrations: MIGRATIONS,
  })
  const blobs = createBlobFolder(join(stateDir, 'blobs'))
  for (let version = 1; version <= count; version++) {
    const files = await Promise.all(
      FILES.map(async ([name, text]) => {
        const bytes = new TextEncoder().encode(`${text} of version ${version}`)
        return { name, digest: await blobs.write(bytes), size: bytes.length }
      }),
    )
    const manifest = buildManifest({
      recipe: 'temperature-24h',
      version,
      dataset: DatasetDigest.parse('d'.repeat(64)),
      sites: [SiteId.parse('sea')],
      dataUntil: epochMs(Date.parse('2026-01-01T00:00:00Z')),
      files,
    })
    const digest: BundleDigest = bundleDigestOf(manifest)
    await insertVersion(store.db, store, {
      ...{ recipe: 'temperature-24h', version, digest, manifest, report: REPORT, run: `run-${version}` },
      gates: version === count ? FAILED_GATES : null,
      createdAt: epochMs(0),
    })
  }
  await store.close()
}
