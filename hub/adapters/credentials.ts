import { join } from 'node:path'
import type { Credentials } from '../ports/credentials.ts'
import { readCredential, writeCredential } from './credentials-file.ts'

export type CredentialPlaces = {
  /** FLEETCAST_TOKEN. */
  readonly token: string | undefined
  readonly workFolder: string
  /** `~/.config`, or XDG_CONFIG_HOME. */
  readonly configFolder: string
}

/** Looks in the environment, then beside the demo, then in the person's own folder. */
export function createCredentials({ token, workFolder, configFolder }: CredentialPlaces): Credentials {
  const ownFile = join(configFolder, 'fleetcast', 'credentials.json')
  return {
    find: async (hub) => {
      const own = await readCredential(ownFile, hub)
      if (token !== undefined && token !== '')
        return { user: '', token, certificateAuthority: own?.certificateAuthority }
      return (await readCredential(join(workFolder, '.fleetcast', 'credentials.json'), hub)) ?? own
    },
    keep: async (hub, credential) => {
      await writeCredential(ownFile, hub, credential)
      return ownFile
    },
  }
}
