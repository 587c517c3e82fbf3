/** Metadata that others have made, on the way in: a size limit, one strict parse, a refusal with a sentence. */
import { MetadataKind, type Metadata, type Root, type Targets } from '@tufjs/models'
import { METADATA_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import type { Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { parseMetadata } from '@fleetcast/shared/trust/parse-metadata.ts'
import { TrustError, type TrustCode } from '@fleetcast/shared/trust/trust-error.ts'

/** Runs what throws TrustError and turns it into a refusal. */
export async function orRefusal<T>(work: () => T | Promise<T>): Promise<Result<T, Refusal<TrustCode>>> {
  try {
    return ok(await work())
  } catch (cause) {
    if (cause instanceof TrustError) return refuse(cause.code, cause.message, cause.role)
    throw cause
  }
}

const bytesOf = (text: string): Uint8Array => {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > METADATA_BYTES_MAX)
    throw new TrustError('trust/tooLarge', 'metadata', { message: `more than ${METADATA_BYTES_MAX} bytes` })
  return bytes
}

/** Throws TrustError, also for the root of the other repository. */
export function openRoot(repository: Repository, text: string): Metadata<Root> {
  const root = parseMetadata(MetadataKind.Root, 'root', bytesOf(text))
  if (root.signed.unrecognizedFields['x-repository'] === repository) return root
  throw new TrustError('trust/badMetadata', 'root', {
    message: `it does not name the ${repository} repository in x-repository`,
  })
}

/** Throws TrustError. */
export const openTargets = (text: string): Metadata<Targets> =>
  parseMetadata(MetadataKind.Targets, 'targets', bytesOf(text))
