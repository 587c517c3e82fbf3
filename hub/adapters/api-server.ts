/** The API's listening socket: plain HTTP on this machine, HTTPS when configured. */
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { serve } from '@hono/node-server'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { HubConfig } from '../config/config.ts'

type Fetch = Parameters<typeof serve>[0]['fetch']
export type ListenCode = 'hub/portBusy' | 'hub/badCertificate'

/** Resolves when the socket is open, or with the reason why it is not. */
export async function listenForApi(
  fetch: Fetch,
  config: HubConfig,
): Promise<Result<Server, Refusal<ListenCode>>> {
  const pair = await readPair(config)
  if (!pair.ok) return pair
  const address = { fetch, hostname: config.host, port: config.httpPort }
  const secured =
    pair.value === null
      ? {}
      : { createServer, serverOptions: { ...pair.value, minVersion: 'TLSv1.2' as const } }
  return new Promise((resolve) => {
    const server = serve({ ...address, ...secured }, () => resolve(ok(server))) as Server
    server.on('error', (cause: NodeJS.ErrnoException) => {
      const isBusy = cause.code === 'EADDRINUSE'
      const message = isBusy ? `port ${config.httpPort} is in use; choose another with --port` : cause.message
      resolve(refuse('hub/portBusy', message))
    })
  })
}

type Pair = { readonly cert: Buffer; readonly key: Buffer }

async function readPair({ tls, stateDir }: HubConfig): Promise<Result<Pair | null, Refusal<ListenCode>>> {
  if (tls === null) return ok(null)
  const files =
    tls === 'fleet'
      ? { certificate: join(stateDir, 'trust', 'server.pem'), key: join(stateDir, 'trust', 'server-key.pem') }
      : tls
  try {
    const pair = { cert: await readFile(files.certificate), key: await readFile(files.key) }
    createSecureContext(pair) // throws when they do not belong together
    return ok(pair)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    return refuse(
      'hub/badCertificate',
      `${files.certificate} and ${files.key} cannot be used: ${message}; both are PEM files that belong together`,
    )
  }
}
