/** Who stands at the other end of a TLS connection, by the certificate that was verified in its handshake. */
import type { TLSSocket } from 'node:tls'
import type { Client } from 'aedes'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { PeerIdentity } from '../devices/authenticate-device.ts'

/** Of a subject that is one common name and nothing else, as Node writes subjects: a part a line. */
export function commonNameOf(subject: string): string | null {
  const [first, ...others] = subject.split('\n')
  return first?.startsWith('CN=') === true && others.length === 0 ? first.slice('CN='.length) : null
}

/** Null when there is no verified certificate with exactly one common name. */
export function peerIdentityOf({ conn }: Client): PeerIdentity | null {
  const socket = conn as unknown as TLSSocket
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined
  if (certificate === undefined) return null
  const name = commonNameOf(certificate.subject)
  if (name === null) return null
  return {
    name,
    publicKey: certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    until: epochMs(Date.parse(certificate.validTo)),
  }
}
