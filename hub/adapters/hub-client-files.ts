/** The hub's own key and client certificate at a broker that is not its own, under `<state>/trust/`: made when they are first needed. */
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { Authority } from '../devices/authority.ts'
import { signHubClient } from '../devices/hub-client-certificate.ts'
import { newPrivateKey, publicKeyOf } from '../devices/sign-certificate.ts'
import type { LinkCredentials } from './mqtt-link.ts'
import { readIfThere, written } from './pem-files.ts'

/** The certificate is issued again when key or authority are others than before. */
export async function openHubClient(
  folder: string,
  authority: Pick<Authority, 'certificate' | 'issuer'>,
): Promise<LinkCredentials> {
  const [keyPath, certificatePath] = [join(folder, 'hub-key.pem'), join(folder, 'hub.pem')]
  const privateKey = (await readIfThere(keyPath)) ?? (await written(keyPath, newPrivateKey(), 0o600))
  const current = await readIfThere(certificatePath)
  const certificate =
    current !== null && isFor(current, { privateKey, authority })
      ? current
      : await written(certificatePath, await signHubClient(authority.issuer, privateKey))
  return { certificateAuthorities: [authority.certificate], certificate, privateKey }
}

function isFor(
  pem: string,
  {
    privateKey,
    authority,
  }: { readonly privateKey: string; readonly authority: Pick<Authority, 'certificate'> },
): boolean {
  const certificate = new X509Certificate(pem)
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  return (
    key === publicKeyOf(privateKey) &&
    certificate.verify(new X509Certificate(authority.certificate).publicKey)
  )
}
