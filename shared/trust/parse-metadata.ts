/** Bytes -> metadata, stricter than the library, whose 4.1 line lets through what would weaken a role. */
import { createPublicKey } from 'node:crypto'
import {
  Metadata,
  MetadataKind,
  type MetaFile,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models'
import * as z from 'zod'
import { TrustError, orRefuse } from './trust-error.ts'

type SignedOf = {
  readonly [MetadataKind.Root]: Root
  readonly [MetadataKind.Timestamp]: Timestamp
  readonly [MetadataKind.Snapshot]: Snapshot
  readonly [MetadataKind.Targets]: Targets
}
export type Signed = SignedOf[MetadataKind]
/** A role that may name the keys of another one. */
export type Delegator = Metadata<Root> | Metadata<Targets>

const Keys = z.record(z.string(), z.looseObject({ keyval: z.looseObject({ public: z.string() }) }))
/** How a role above names a file: the length is what a transport will be asked for. */
const Meta = z.record(
  z.string(),
  z.looseObject({ version: z.int().min(1), length: z.int().min(0).optional() }),
)
/** It becomes a file's name and a request; encoding throws for what is not Unicode text. */
const RoleName = z
  .string()
  .refine((name) => encodeURIComponent(name).length <= 200, 'longer than a file name')
/** What the library does not look at. An unparsable date would never expire, version 1.5 or -3 would count. */
const Strict = z.looseObject({
  signed: z.looseObject({
    version: z.int().min(1),
    expires: z.iso.datetime(),
    keys: Keys.optional(),
    meta: Meta.optional(),
    delegations: z
      .looseObject({
        keys: Keys,
        roles: z.array(z.looseObject({ name: RoleName })).optional(),
        succinct_roles: z.looseObject({ name_prefix: RoleName }).optional(),
      })
      .optional(),
  }),
})

/** Throws `trust/badMetadata`. Says nothing about signatures. */
export function parseMetadata<K extends MetadataKind>(
  kind: K,
  role: string,
  bytes: Uint8Array,
): Metadata<SignedOf[K]> {
  return orRefuse('trust/badMetadata', role, () => {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const { signed } = Strict.parse(json)
    refuseTwice(role, 'delegated role', signed.delegations?.roles?.map(({ name }) => name) ?? [])
    for (const keys of [signed.keys, signed.delegations?.keys])
      // One key under two ids would count twice towards a threshold.
      refuseTwice(
        role,
        'key',
        Object.values(keys ?? {}).map(({ keyval }) => spellingOf(keyval.public)),
      )
    return Metadata.fromJSON(kind as MetadataKind.Root, json as never) as unknown as Metadata<SignedOf[K]>
  })
}

/**
 * One spelling of a key, whatever the library reads it from: hex of either case, with half a byte too many, a point in any
 * form, PEM with any line ends. Of a point x alone: who has the key of one y has that of the other.
 */
function spellingOf(publicKey: string): string {
  if (!publicKey.startsWith('-----BEGIN')) {
    const bytes = Buffer.from(publicKey, 'hex')
    return (bytes.length > 32 ? bytes.subarray(1, 33) : bytes).toString('hex')
  }
  try {
    const { x, n } = createPublicKey(publicKey).export({ format: 'jwk' })
    return Buffer.from(x ?? n ?? '', 'base64url').toString('hex')
  } catch (cause) {
    if (cause instanceof Error) return publicKey // nobody can sign with it
    throw cause
  }
}

function refuseTwice(role: string, what: string, names: readonly string[]): void {
  if (new Set(names).size !== names.length)
    throw new TrustError('trust/badMetadata', role, { message: `a ${what} is listed twice` })
}

/** Throws `trust/badSignature` unless the delegator's threshold of keys signed it. */
export const verifySignatures = (delegator: Delegator, role: string, metadata: Metadata<Signed>): void =>
  orRefuse('trust/badSignature', role, () => delegator.verifyDelegate(role, metadata))

/** Throws `trust/mismatch` unless length and hashes are those that the role above names. */
export const verifyBytes = (named: MetaFile, role: string, bytes: Uint8Array): void =>
  orRefuse('trust/mismatch', role, () => named.verify(Buffer.from(bytes)))
