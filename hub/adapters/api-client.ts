import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { request } from 'node:http'
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Api } from '../ports/api.ts'

/** Talks to a hub over HTTP. */
export function createApiClient(baseUrl: string): Api {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<Result<T, Refusal>> => {
    try {
      const response = await fetch(new URL(path, baseUrl), {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return answer<T>(response.status, await response.text())
    } catch (cause) {
      return unreachable(baseUrl, cause)
    }
  }
  return {
    get: (path) => call('GET', path),
    download: (path, bytesMax) => download(new URL(path, baseUrl), bytesMax),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    upload: (path, file, onProgress) => upload(new URL(path, baseUrl), file, onProgress),
  }
}

function answer<T>(status: number, text: string): Result<T, Refusal> {
  const body: unknown = text === '' ? null : JSON.parse(text)
  if (status < 400) return ok(body as T)
  const problem = body as { code?: string; detail?: string; at?: string }
  const refusal = { code: problem.code ?? `http/${status}`, message: problem.detail ?? text }
  return err(problem.at === undefined ? refusal : { ...refusal, at: problem.at })
}

async function download(url: URL, bytesMax: number): Promise<Result<Uint8Array, Refusal>> {
  try {
    const response = await fetch(url)
    if (response.status >= 400) return answer(response.status, await response.text())
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of response.body ?? []) {
      size += part.length
      if (size > bytesMax) return refuse('api/tooLarge', `${url.pathname} is longer than ${bytesMax} bytes`)
      parts.push(part)
    }
    return ok(new Uint8Array(Buffer.concat(parts)))
  } catch (cause) {
    return unreachable(url.origin, cause)
  }
}

const unreachable = (baseUrl: string, cause: unknown): Result<never, Refusal> =>
  refuse(
    'api/unreachable',
    `no hub answers at ${baseUrl} (${cause instanceof Error ? cause.message : String(cause)}); start one with "fleetcast hub" or name it with --hub URL`,
  )

/** Streams the file; a refusal that arrives while the file is still being sent ends the upload. */
async function upload<T>(
  url: URL,
  file: string,
  onProgress: (fraction: number) => void,
): Promise<Result<T, Refusal>> {
  const { size } = await stat(file)
  return new Promise((resolve) => {
    const call = request(url, {
      method: 'POST',
      headers: {
        'content-type': file.endsWith('.gz') ? 'application/gzip' : 'text/csv',
        'content-length': size,
      },
    })
    const source = createReadStream(file)
    let sent = 0
    source.on('data', (chunk) => onProgress((sent += chunk.length) / size))
    source.on('error', (cause) => call.destroy(cause))
    call.on('error', (cause) => resolve(unreachable(url.origin, cause)))
    call.on('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        source.destroy()
        resolve(answer<T>(response.statusCode ?? 500, Buffer.concat(parts).toString()))
      })
    })
    source.pipe(call)
  })
}
