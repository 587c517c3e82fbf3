/** The authority's keys and certificates under `<state>/trust/`: made at the first start, read at every other. */
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openAuthority, type Authority } from '../devices/authority.ts'
import { newSerialNumber, servesNames, signServer } from '../devices/server-certificate.ts'
import { issuerOf, newPrivateKey, signAuthority } from '../devices/sign-certificate.ts'
import { readIfThere, written } from './pem-files.ts'

const FILES = {
  caKey: 'ca-key.pem',
  ca: 'ca.pem',
  serverKey: 'server-key.pem',
  server: 'server.pem',
} as const

/** `isNew`: the authority was made just now. The server's certificate is issued again when the host names have changed. */
export async function openAuthorityFiles(
  folder: string,
  hostNames: readonly string[],
): Promise<{ authority: Authority; isNew: boolean }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const path = (name: keyof typeof FILES): string => join(folder, FILES[name])
  const caKey = await keyIn(path('caKey'), path('ca'))
  const ca =
    (await readIfThere(path('ca'))) ??
    (await written(path('ca'), await signAuthority(caKey.pem, newSerialNumber())))
  const { pem: serverKey } = await keyIn(path('serverKey'), null)
  const current = await readIfThere(path('server'))
  const server =
    current !== null && servesNames(current, { ca, serverKey, hostNames })
      ? current
      : await written(path('server'), await serverCertificate({ caKey: caKey.pem, ca, serverKey }, hostNames))
  return { authority: await openAuthority({ caKey: caKey.pem, ca, serverKey, server }), isNew: caKey.isNew }
}

/** The authority as it lies there, whatever host names its hub has; made now when there is none yet. */
export async function openIssuer(
  folder: string,
): Promise<{ authority: Pick<Authority, 'certificate' | 'issuer'>; isNew: boolean }> {
  const [caKey, ca] = [
    await readIfThere(join(folder, FILES.caKey)),
    await readIfThere(join(folder, FILES.ca)),
  ]
  if (caKey === null || ca === null) return await openAuthorityFiles(folder, [])
  return { authority: { certificate: ca, issuer: await issuerOf(ca, caKey) }, isNew: false }
}

const serverCertificate = async (
  { caKey, ca, serverKey }: { caKey: string; ca: string; serverKey: string },
  hostNames: readonly string[],
): Promise<string> => await signServer(await issuerOf(ca, caKey), serverKey, hostNames)

/** A key whose certificate is still there is never replaced: every device would have to enrol again. */
async function keyIn(path: string, certificatePath: string | null): Promise<{ pem: string; isNew: boolean }> {
  const pem = await readIfThere(path)
  if (pem !== null) return { pem, isNew: false }
  if (certificatePath !== null && (await readIfThere(certificatePath)) !== null)
    throw new Error(
      `${path} is missing; restore it from your backup, or remove ${certificatePath} too and enrol every device again`,
    )
  return { pem: await written(path, newPrivateKey(), 0o600), isNew: true }
}
