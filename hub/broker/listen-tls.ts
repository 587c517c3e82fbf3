/**
 * The broker's one listener: TLS with a client certificate of the fleet authority, nothing else. Session tickets stay on, so
 * that a fleet that comes back costs no signatures; who is revoked or expired meanwhile is caught after the handshake.
 */
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Authority } from '../devices/authority.ts'
import { CONNECTIONS_MAX } from './admission.ts'
import type { BrokerPorts } from './broker-ports.ts'
import { guardPackets, type GuardRefusal } from './packet-guard.ts'
import { describeStranger } from './refuse-traffic.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000

export type TlsListener = {
  readonly server: Server
  /** Ends every connection, also those that never became a client. */
  readonly destroyAll: () => void
}

export function createTlsListener(
  { refused, log }: Pick<BrokerPorts, 'refused' | 'log'>,
  { certificate, server: own }: Pick<Authority, 'certificate' | 'server'>,
  onClient: (socket: TLSSocket) => void,
): TlsListener {
  const sockets = new Set<Socket>()
  const tell = (socket: Socket, refusal: GuardRefusal): void =>
    refused({ client: describeStranger(socket, ''), topic: '', sample: new Uint8Array(), ...refusal })
  const server = createServer(
    {
      key: own.key,
      cert: own.certificate,
      ca: certificate,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
    },
    (socket) => {
      guardPackets(socket, (refusal) => tell(socket, refusal))
      onClient(socket)
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', (cause, socket) => {
    // Node ends a connection whose certificate it does not accept without an error of its own.
    const why = socket.authorizationError ?? cause
    const reason = why instanceof Error ? why.message : String(why)
    tell(socket, { code: 'mqtt/handshake', message: `TLS: ${reason.slice(0, 100)}` })
    socket.destroy()
  })
  server.on('error', (cause) => log.error({ cause }, 'a connection could not be accepted'))
  return {
    server,
    destroyAll: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}
