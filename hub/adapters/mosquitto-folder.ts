/** The folder that an operator hands to mosquitto, made from the hub's state folder without a running hub. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { BROKER_FILES, mosquittoAccessList, mosquittoConfig } from '../broker/mosquitto-config.ts'
import type { Authority } from '../devices/authority.ts'
import { revocationList, type RevokedDevice } from '../devices/revocation-list.ts'
import { servesNames, signServer } from '../devices/server-certificate.ts'
import { newPrivateKey } from '../devices/sign-certificate.ts'
import { readIfThere, written } from './pem-files.ts'

export type MosquittoFolder = {
  readonly out: string
  readonly port: number
  /** By which devices and hub reach the broker, beside loopback. */
  readonly hostNames: readonly string[]
  readonly authority: Pick<Authority, 'certificate' | 'issuer'>
  readonly revoked: readonly RevokedDevice[]
  readonly now: EpochMs
}

/** Writes everything but the broker's key, which stays when it is there; `isNew` when it was made now. */
export async function writeMosquittoFolder(folder: MosquittoFolder): Promise<{ isNew: boolean }> {
  const { port, authority, hostNames } = folder
  const out = resolve(folder.out)
  const pathOf = (file: string): string => join(out, file)
  await mkdir(out, { recursive: true, mode: 0o700 })
  const keyPath = pathOf(BROKER_FILES.privateKey)
  const oldKey = await readIfThere(keyPath)
  const serverKey = oldKey ?? (await written(keyPath, newPrivateKey(), 0o600))
  const certificate = await readIfThere(pathOf(BROKER_FILES.certificate))
  const isGood =
    certificate !== null && servesNames(certificate, { ca: authority.certificate, serverKey, hostNames })
  if (!isGood)
    await written(pathOf(BROKER_FILES.certificate), await signServer(authority.issuer, serverKey, hostNames))
  await written(pathOf(BROKER_FILES.authority), authority.certificate)
  await written(pathOf(BROKER_FILES.revocationList), await revocationList(authority, folder))
  await written(pathOf(BROKER_FILES.accessList), mosquittoAccessList())
  await written(pathOf(BROKER_FILES.config), mosquittoConfig(port, pathOf))
  return { isNew: oldKey === null }
}
