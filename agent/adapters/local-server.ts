/** The local API on 127.0.0.1. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerLocal } from '../local-api/answer-local.ts'
import type { LocalAgent } from '../local-api/local-agent.ts'
import { BODY_BYTES_MAX, problemAnswer, type LocalAnswer } from '../local-api/local-answer.ts'
import type { Log } from '../ports/log.ts'

const REQUEST_TIMEOUT_MS = 10_000
const CONNECTIONS_MAX = 32

export type LocalServer = { readonly port: number; readonly close: () => Promise<void> }

/** Port 0 takes a free one. */
export async function startLocalServer(agent: LocalAgent, port: number, log: Log): Promise<LocalServer> {
  const server = createServer((request, response) => void handle(agent, { request, response, log }))
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new Error(`the local API cannot use port ${port} (${cause.message}); choose another --local-port`, {
          cause,
        }),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  return { port: portOf(server), close: async () => await close(server) }
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly log: Log }

async function handle(agent: LocalAgent, { request, response, log }: Exchange): Promise<void> {
  try {
    const body = await readBody(request)
    const path = (request.url ?? '/').split('?')[0]!
    const answer =
      body === null
        ? problemAnswer({ code: 'local/tooLarge', message: `a body has at most ${BODY_BYTES_MAX} bytes` })
        : await answerLocal(agent, { method: request.method ?? 'GET', path, body })
    send(response, answer)
  } catch (cause) {
    log.error({ cause, url: request.url }, 'a local request failed')
    response.destroy()
  }
}

/** Null when it is too large; the rest is not read. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, { status, contentType, body }: LocalAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
