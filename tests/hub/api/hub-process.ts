/** A whole hub in this process, and a way to ask it over HTTP as anybody. */
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Role } from '../../../hub/access/role.ts'
import { HUB_DEFAULTS, type HubConfig } from '../../../hub/config/config.ts'
import { readCredential } from '../../../hub/adapters/credentials-file.ts'
import { startHub } from '../../../hub/start-hub.ts'
import { eventually, freePort, getJson, temporaryFolder } from '../../e2e/programs.ts'

export type Answer = {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Record<string, unknown>
}

export type Call = {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
  /** An address of this machine, where refused attempts must not add up. */
  readonly from?: string
}

export type RunningHub = {
  readonly config: HubConfig
  /** Lines for the person at the terminal. */
  readonly told: readonly string[]
  /** The demo user's token; empty without the demo. */
  readonly adminToken: string
  readonly call: (call: Call) => Promise<Answer>
  readonly stop: () => Promise<void>
}

/** Where migrations and dashboard of the built hub lie. */
export const BUILT_HUB = fileURLToPath(new URL('../../../hub/dist', import.meta.url))

export type HubSettings = Partial<HubConfig> & { readonly isDemo?: boolean }

/** Starts it with a demo user unless told otherwise; `stop` removes its state. */
export async function startTestHub(settings: HubSettings = {}): Promise<RunningHub> {
  const folder = temporaryFolder()
  const isDemo = settings.isDemo ?? true
  const credentials = join(folder.path, 'credentials.json')
  const config: HubConfig = {
    ...HUB_DEFAULTS,
    stateDir: join(folder.path, 'hub'),
    httpPort: await freePort(),
    mqttPort: await freePort(),
    logLevel: 'silent',
    isDemo,
    credentialsOut: isDemo ? credentials : null,
    ...settings,
  }
  const interrupted = new AbortController()
  const told: string[] = []
  const running = startHub(config, {
    folder: BUILT_HUB,
    interrupted: interrupted.signal,
    tell: (line) => told.push(line),
  })
  await eventually(
    () => Promise.race([getJson<{ status: string }>(config.httpPort, '/healthz'), running.then(refused)]),
    ({ status }) => status === 'ok',
    20,
  )
  const known = await readCredential(credentials, `http://127.0.0.1:${config.httpPort}`)
  // Devices can be added only to a hub that has keys to trust.
  if (known !== null) await ask(config.httpPort, posting('/api/v1/trust/demo', {}, bearer(known.token)))
  return {
    config,
    told,
    adminToken: known?.token ?? '',
    call: (call) => ask(config.httpPort, call),
    stop: async () => {
      interrupted.abort()
      await running
      folder.remove()
    },
  }
}

const refused = (result: unknown): never => {
  throw new Error(`the hub ended: ${JSON.stringify(result)}`)
}

/** POST of a JSON body. */
export const posting = (path: string, body: unknown, headers: Record<string, string> = {}): Call => ({
  method: 'POST',
  path,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify(body),
})

export const PASSWORD = 'correct horse battery staple'

export type SignedIn = {
  /** Headers of a change made with the cookie. */
  readonly headers: Record<string, string>
  readonly cookie: string
  readonly csrf: string
}

/** Adds a user, follows the invitation, and comes back with the session. */
export async function enterAs(hub: RunningHub, name: string, role: Role): Promise<SignedIn> {
  const added = await hub.call(posting('/api/v1/users', { name, role }, bearer(hub.adminToken)))
  const secret = String(added.body['link']).split('/').at(-1) ?? ''
  return signedIn(await hub.call(posting('/api/v1/invitation', { secret, password: PASSWORD })))
}

/** The session that an answer sets. */
export function signedIn(answer: Answer): SignedIn {
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
  const csrf = String(answer.body['csrfToken'])
  return { cookie, csrf, headers: { cookie, 'x-csrf-token': csrf } }
}

/** A token of a user who is there. */
export async function tokenFor(hub: RunningHub, user: string, role: Role): Promise<string> {
  const wanted = { user, role, name: 'test', days: 1 }
  const made = await hub.call(posting('/api/v1/tokens', wanted, bearer(hub.adminToken)))
  return String(made.body['token'])
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
export const JSON_TYPE = { 'content-type': 'application/json' }

function ask(port: number, { method = 'GET', path, headers = {}, body, from }: Call): Promise<Answer> {
  const localAddress = from ?? '127.0.0.1'
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', localAddress, port, method, path, headers }, (response) => {
      const parts: Buffer[] = []
      // A stream has no end to wait for.
      if ((response.headers['content-type'] ?? '').startsWith('text/event-stream')) response.destroy()
      response.on('close', () => finish())
      response.on('data', (part: Buffer) => parts.push(part))
      const finish = (): void => {
        const text = Buffer.concat(parts).toString()
        const type = response.headers['content-type'] ?? ''
        const isJson = type.includes('json') && text !== ''
        resolve({
          status: response.statusCode ?? 0,
          type,
          headers: response.headers,
          body: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
        })
      }
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
