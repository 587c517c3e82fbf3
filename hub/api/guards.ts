/**
 * What a web page elsewhere must not be able to do: only this machine's names and the public one are answered (DNS
 * rebinding), and a change must come from the hub's own page or from no page (CSRF).
 */
import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { HubConfig } from '../config/config.ts'
import { isHttps, publicUrlOf } from '../config/public-url.ts'
import { RefusedRequest } from './problems.ts'

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
const READS = ['GET', 'HEAD', 'OPTIONS']

export const isChange = (method: string): boolean => !READS.includes(method)

/** Host and Origin have to be ours. */
export function onlyOwnHosts(config: HubConfig): MiddlewareHandler {
  const own = new URL(publicUrlOf(config))
  const scheme = config.tls === null ? 'http' : 'https'
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    if (!LOOPBACK_HOST.test(host) && host !== own.host)
      throw new RefusedRequest({
        code: 'request/foreignHost',
        message: `this hub answers to localhost and ${own.host} only, not to ${host.slice(0, 100)}`,
      })
    const origin = c.req.header('origin')
    const isOwn = origin === undefined || origin === `${scheme}://${host}` || origin === own.origin
    if (isChange(c.req.method) && !isOwn)
      throw new RefusedRequest({
        code: 'request/foreignOrigin',
        message: 'a page of another origin may not change anything here',
      })
    await next()
  }
}

/** JSON bodies say so, which also keeps plain HTML forms out. */
export const onlyJsonBodies: MiddlewareHandler = async (c, next) => {
  const isUpload = c.req.path === '/api/v1/datasets'
  // No form sends a DELETE, so one without a body needs no name for it.
  const hasLength = ['content-length', 'transfer-encoding'].some((name) => c.req.header(name) !== undefined)
  const isBare = c.req.method === 'DELETE' && !hasLength
  const hasBody = isChange(c.req.method) && !isBare
  if (hasBody && !isUpload && !(c.req.header('content-type') ?? '').startsWith('application/json'))
    throw new RefusedRequest({ code: 'request/notJson', message: 'send the body as application/json' })
  await next()
}

/** The dashboard loads nothing from elsewhere and stands in no frame; with TLS browsers remember to use it. */
export const safeHeaders = (config: HubConfig): MiddlewareHandler =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
    },
    strictTransportSecurity: isHttps(config) ? 'max-age=31536000' : false,
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
  })

/** Answers of the API are kept by no cache. */
export const noStore: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('cache-control', 'no-store')
}
