/**
 * The API listens on loopback and has no sign-in yet, so a web page elsewhere must not be able to use it: only loopback
 * host names are answered (DNS rebinding), and a change must come from the hub's own page or from no page (CSRF).
 */
import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { RefusedRequest } from './problems.ts'

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

export const onlyLoopbackHosts: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? ''
  if (!LOOPBACK_HOST.test(host))
    throw new RefusedRequest({
      code: 'request/foreignHost',
      message: `this hub answers to localhost only, not to ${host.slice(0, 100)}`,
    })
  const origin = c.req.header('origin')
  const isChange = !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)
  if (isChange && origin !== undefined && origin !== `http://${host}`)
    throw new RefusedRequest({
      code: 'request/foreignOrigin',
      message: 'a page of another origin may not change anything here',
    })
  await next()
}

/** JSON bodies say so, which also keeps plain HTML forms out. */
export const onlyJsonBodies: MiddlewareHandler = async (c, next) => {
  const isUpload = c.req.path === '/api/v1/datasets'
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(c.req.method)
  if (hasBody && !isUpload && !(c.req.header('content-type') ?? '').startsWith('application/json'))
    throw new RefusedRequest({ code: 'request/notJson', message: 'send the body as application/json' })
  await next()
}

export const safeHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
})
