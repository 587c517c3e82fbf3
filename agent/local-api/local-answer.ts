/** What the local API answers; the HTTP server is an adapter around it. */
export type LocalRequest = { readonly method: string; readonly path: string; readonly body: Uint8Array }

export type LocalAnswer = {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export const BODY_BYTES_MAX = 65_536

export const jsonAnswer = (status: number, value: unknown): LocalAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
})

export const textAnswer = (body: string): LocalAnswer => ({
  status: 200,
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  body,
})

const STATUS_BY_CODE: Record<string, number> = {
  'local/notFound': 404,
  'local/methodNotAllowed': 405,
  'local/tooLarge': 413,
  'reading/notNewer': 409,
  'reading/queueFull': 503,
  'inference/noModel': 503,
  'trust/revoked': 503,
  'inference/exception': 500,
  'inference/unknownModel': 404,
}

/** RFC 9457; codes without a status of their own are the caller's mistake. */
export function problemAnswer({ code, message }: { code: string; message: string }): LocalAnswer {
  const status = STATUS_BY_CODE[code] ?? 400
  const problem = {
    type: `urn:fleetcast:problem:${code.replace('/', ':')}`,
    title: code,
    status,
    code,
    detail: message,
  }
  return { status, contentType: 'application/problem+json', body: JSON.stringify(problem) }
}
