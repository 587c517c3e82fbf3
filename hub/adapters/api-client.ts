import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps, type RequestOptions } from 'node:https'
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Api } from '../ports/api.ts'
import type { Credential } from '../ports/credentials.ts'

const ANSWER_BYTES_MAX = 64 * 1024 * 1024
const SILENCE_MS_MAX = 10 * 60_000

type FindCredential = (baseUrl: string) => Promise<Credential | null>

/** Talks to a hub over HTTP or HTTPS; the token is looked up at every call, so that a new one is used at once. */
export function createApiClient(baseUrl: string, findCredential: FindCredential): Api {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<Result<T, Refusal>> => {
    try {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = text === undefined ? {} : { 'content-type': 'application/json' }
      const target = { url: new URL(path, baseUrl), method, headers }
      return await send<T>(target, await findCredential(baseUrl), (sent) => sent.end(text))
    } catch (cause) {
      return unreachable(baseUrl, cause)
    }
  }
  return {
    get: (path) => call('GET', path),
    download: async (path, bytesMax) => {
      try {
        const target = { url: new URL(path, baseUrl), method: 'GET', headers: {} }
        const credential = await findCredential(baseUrl)
        const { status, bytes } = await exchange(target, credential, {
          bytesMax,
          write: (sent) => sent.end(),
        })
        return status < 400 ? ok(bytes) : answer(status, bytes.toString())
      } catch (cause) {
        return unreachable(baseUrl, cause)
      }
    },
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    delete: (path) => call('DELETE', path),
    upload: async (path, file, onProgress) =>
      upload({ url: new URL(path, baseUrl), file, onProgress }, await findCredential(baseUrl)),
  }
}

type Target = {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string | number>>
}

type Answer = { readonly status: number; readonly bytes: Buffer }
type Exchange = {
  readonly bytesMax: number
  readonly write: (sent: ReturnType<typeof requestHttp>) => void
}

async function send<T>(
  target: Target,
  credential: Credential | null,
  write: Exchange['write'],
): Promise<Result<T, Refusal>> {
  const { status, bytes } = await exchange(target, credential, { bytesMax: ANSWER_BYTES_MAX, write })
  return answer<T>(status, bytes.toString())
}

function exchange(
  { url, method, headers }: Target,
  credential: Credential | null,
  { bytesMax, write }: Exchange,
): Promise<Answer> {
  const options: RequestOptions = {
    method,
    headers: {
      accept: 'application/json',
      ...headers,
      ...(credential === null ? {} : { authorization: `Bearer ${credential.token}` }),
    },
    timeout: SILENCE_MS_MAX,
    ...(credential?.certificateAuthority === undefined ? {} : { ca: credential.certificateAuthority }),
  }
  return new Promise((resolve, reject) => {
    const sent = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('the hub fell silent')))
    sent.on('response', (response) => {
      readAll(response, bytesMax).then(
        (bytes) => resolve({ status: response.statusCode ?? 500, bytes }),
        reject,
      )
    })
    write(sent)
  })
}

async function readAll(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > bytesMax) throw new Error(`the answer is larger than ${bytesMax} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function answer<T>(status: number, text: string): Result<T, Refusal> {
  const body: unknown = text === '' ? null : JSON.parse(text)
  if (status < 400) return ok(body as T)
  const problem = body as { code?: string; detail?: string; at?: string }
  const refusal = { code: problem.code ?? `http/${status}`, message: problem.detail ?? text }
  return err(problem.at === undefined ? refusal : { ...refusal, at: problem.at })
}

const unreachable = (baseUrl: string, cause: unknown): Result<never, Refusal> =>
  refuse(
    'api/unreachable',
    `no hub answers at ${baseUrl} (${cause instanceof Error ? cause.message : String(cause)}); start one with "fleetcast hub" or name it with --hub URL`,
  )

type Upload = {
  readonly url: URL
  readonly file: string
  readonly onProgress: (fraction: number) => void
}

/** Streams the file; a refusal that arrives while the file is still being sent ends the upload. */
async function upload<T>(
  { url, file, onProgress }: Upload,
  credential: Credential | null,
): Promise<Result<T, Refusal>> {
  const { size } = await stat(file)
  const headers = {
    'content-type': file.endsWith('.gz') ? 'application/gzip' : 'text/csv',
    'content-length': size,
  }
  const source = createReadStream(file)
  let done = 0
  source.on('data', (chunk) => onProgress((done += chunk.length) / size))
  try {
    return await send<T>({ url, method: 'POST', headers }, credential, (sent) => {
      source.on('error', (cause) => sent.destroy(cause))
      source.pipe(sent)
    })
  } catch (cause) {
    return unreachable(url.origin, cause)
  } finally {
    source.destroy()
  }
}
