/** Tokens of the command line by the hub's address, in a file that only its owner may read. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import type { Credential } from '../ports/credentials.ts'

const CredentialsFile = z.object({
  schema: z.literal('fleetcast/credentials/1'),
  hubs: z.record(
    z.string(),
    z.object({ user: z.string(), token: z.string(), certificateAuthority: z.string().optional() }),
  ),
})
type CredentialsFile = z.infer<typeof CredentialsFile>

const EMPTY: CredentialsFile = { schema: 'fleetcast/credentials/1', hubs: {} }

/** What this file holds for the hub; null when the file or the hub is not there. */
export async function readCredential(file: string, hub: string): Promise<Credential | null> {
  return (await readAll(file)).hubs[addressOf(hub)] ?? null
}

/** Keeps (or with null forgets) the hub's token; the file's other hubs stay. */
export async function writeCredential(
  file: string,
  hub: string,
  credential: Credential | null,
): Promise<void> {
  const { hubs } = await readAll(file)
  const { [addressOf(hub)]: _before, ...others } = hubs
  const kept = credential === null ? others : { ...others, [addressOf(hub)]: credential }
  await writeDurably(file, `${JSON.stringify({ ...EMPTY, hubs: kept }, null, 2)}\n`, 0o600)
}

const addressOf = (hub: string): string => new URL(hub).origin

async function readAll(file: string): Promise<CredentialsFile> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return EMPTY
    throw cause
  }
  try {
    return CredentialsFile.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${file} is no credentials file; remove it and sign in again`, { cause })
  }
}
