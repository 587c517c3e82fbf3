/** The API over TLS, with a certificate made here, and what is refused without it. */
import 'reflect-metadata'
import { X509CertificateGenerator, SubjectAlternativeNameExtension, PemConverter } from '@peculiar/x509'
import { webcrypto } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiClient } from '../../../hub/adapters/api-client.ts'
import { readCredential } from '../../../hub/adapters/credentials-file.ts'
import { HUB_DEFAULTS, parseHubConfig, type HubConfig } from '../../../hub/config/config.ts'
import { startHub } from '../../../hub/start-hub.ts'
import { eventually, freePort, temporaryFolder } from '../../e2e/programs.ts'
import { BUILT_HUB } from './hub-process.ts'

const folder = temporaryFolder()
const interrupted = new AbortController()
let config: HubConfig
let certificate = ''
const told: string[] = []
let running: Promise<unknown>

async function selfSigned(): Promise<{ readonly certificate: string; readonly key: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=_hub',
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: [
        new SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          { type: 'dns', value: 'localhost' },
        ]),
      ],
    },
    webcrypto as never,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { certificate: made.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') }
}

const start = (settings: HubConfig, signal: AbortSignal) =>
  startHub(settings, { folder: BUILT_HUB, interrupted: signal, tell: (line) => told.push(line) })

beforeAll(async () => {
  config = {
    ...HUB_DEFAULTS,
    stateDir: join(folder.path, 'hub'),
    httpPort: await freePort(),
    mqttPort: await freePort(),
    logLevel: 'silent',
    tls: 'fleet',
    isDemo: true,
    credentialsOut: join(folder.path, 'credentials.json'),
  }
  running = start(config, interrupted.signal)
  await eventually(
    async () => {
      certificate = await readFile(join(config.stateDir, 'trust', 'ca.pem'), 'utf8')
      return await get('/healthz')
    },
    ({ status }) => status === 200,
    20,
  )
})
afterAll(async () => {
  interrupted.abort()
  await running
  folder.remove()
})

type Answer = { readonly status: number; readonly headers: Record<string, string | string[] | undefined> }
const get = (path: string): Promise<Answer> => ask('GET', path)
const ask = (method: string, path: string, body?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const options = { host: '127.0.0.1', port: config.httpPort, method, path, headers, ca: certificate }
    request(options, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, headers: response.headers })
    })
      .on('error', reject)
      .end(body)
  })

describe('the API over TLS', () => {
  test('tells browsers to stay with it', async () => {
    expect((await get('/')).headers['strict-transport-security']).toBe('max-age=31536000')
  })
  test('speaks TLS 1.2 and newer only', async () => {
    const version = (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(
          {
            host: '127.0.0.1',
            port: config.httpPort,
            ca: certificate,
            minVersion: 'TLSv1',
            maxVersion,
            ciphers: 'ALL:@SECLEVEL=0',
          },
          () => {
            resolve(socket.getProtocol() ?? 'none')
            socket.destroy()
          },
        )
        socket.on('error', () => resolve('refused'))
      })
    expect([await version('TLSv1.1'), await version('TLSv1.2'), await version('TLSv1.3')]).toEqual([
      'refused',
      'TLSv1.2',
      'TLSv1.3',
    ])
  })
  test('the command line trusts it by the authority it was given, and not without', async () => {
    const url = `https://127.0.0.1:${config.httpPort}`
    const known = await readCredential(config.credentialsOut ?? '', url)
    expect(known?.certificateAuthority).toBe(certificate)
    const trusting = createApiClient(url, async () => known)
    expect(await trusting.get('/api/v1/session')).toMatchObject({ ok: true, value: { user: 'demo' } })
    const doubting = createApiClient(url, async () => ({ ...known!, certificateAuthority: undefined }))
    expect(await doubting.get('/api/v1/session')).toMatchObject({ error: { code: 'api/unreachable' } })
  })
  test('signs in with a cookie that the browser keeps for this very origin', async () => {
    const secret = told[0]?.split('/').at(-1)?.split(' ')[0]
    const { headers } = await ask('POST', '/api/v1/session/link', JSON.stringify({ secret }))
    expect(String(headers['set-cookie'])).toMatch(
      /^__Host-fleetcast_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
  })
  test('plain HTTP gets no answer', async () => {
    const plain = createApiClient(`http://127.0.0.1:${config.httpPort}`, async () => null)
    expect(await plain.get('/healthz')).toMatchObject({ error: { code: 'api/unreachable' } })
  })
  test('a certificate without its key is refused with a sentence', async () => {
    const other = await selfSigned()
    const key = join(folder.path, 'other-key.pem')
    writeFileSync(key, other.key)
    const settings: HubConfig = {
      ...config,
      stateDir: join(folder.path, 'second'),
      httpPort: await freePort(),
      mqttPort: await freePort(),
      tls: { certificate: join(folder.path, 'hub', 'trust', 'server.pem'), key },
      credentialsOut: null,
    }
    expect(await start(settings, new AbortController().signal)).toMatchObject({
      ok: false,
      error: { code: 'hub/badCertificate', message: expect.stringContaining('belong together') },
    })
  })
})

describe('settings', () => {
  const pair = { certificate: 'a.pem', key: 'b.pem' }
  test.each([
    ['a name beyond this machine without TLS', { host: '192.0.2.1' }, /needs TLS/],
    ['every address without a public name', { host: '0.0.0.0', tls: pair }, /--public-url/],
    ['half a pair', { tls: { certificate: 'a.pem' } }, /--tls-key/],
    ['a public address in the clear', { tls: pair, publicUrl: 'http://hub.example' }, /https/],
    ['a public address with a path', { publicUrl: 'https://hub.example/x' }, /without a path/],
    ['a token file without the demo', { credentialsOut: 'x.json' }, /--demo/],
  ])('refuse %s', (_what, settings, message) => {
    expect(parseHubConfig(settings)).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(message) },
    })
  })
  test.each([
    [{ host: '192.0.2.1', tls: pair }],
    [{ host: '0.0.0.0', tls: 'fleet', publicUrl: 'https://hub.example:8443' }],
    [{ host: '::1' }],
    [{ publicUrl: 'https://hub.example' }],
  ])('take %j', (settings) => {
    expect(parseHubConfig(settings).ok).toBe(true)
  })
})
