/** A server between agent and hub, over TLS or not: it passes on, and can change, lose and look at everything. */
import { createServer as createHttp, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'

export type Front = {
  readonly url: string
  /** What the agent asked, `METHOD path body`. */
  readonly asked: string[]
  readonly close: () => Promise<void>
}

export type FrontOptions = {
  readonly hubPort: number
  /** PEM; without it the front speaks plain http. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Changes an answer on its way back; null loses it. */
  readonly change?: (path: string, answer: string) => string | null
}

export async function createFront({
  hubPort,
  tls,
  change = (_path, answer) => answer,
}: FrontOptions): Promise<Front> {
  const asked: string[] = []
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url: path = '' } = incoming
    const body = await textOf(incoming)
    asked.push(`${method} ${path} ${body}`)
    const answer = await pass(hubPort, { method, path, body })
    const changed = change(path, answer.text)
    if (changed === null) return void outgoing.destroy()
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(changed)
  }
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void handle(incoming, outgoing).catch(() => outgoing.destroy())
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

const pass = (
  port: number,
  { method, path, body }: { method: string; path: string; body: string },
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const headers = body === '' ? {} : { 'content-type': 'application/json' }
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
