/** Who stands at the other end of a TLS connection, by the certificate that was verified in its handshake. */
import type { TLSSocket } from 'node:tls'
import type { Client } from 'aedes'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { PeerIdentity } from '../devices/authenticate-device.ts'

/** Null when there is no verified certificate with exactly one common name. */
export function peerIdentityOf({ conn }: Client): PeerIdentity | null {
  const socket = conn as unknown as TLSSocket
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined
  if (certificate === undefined) return null
  const [first, ...others] = certificate.subject.split('\n')
  if (first === undefined || others.length > 0 || !first.startsWith('CN=')) return null
  return {
    name: first.slice('CN='.length),
    publicKey: certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    until: epochMs(Date.parse(certificate.validTo)),
  }
}
