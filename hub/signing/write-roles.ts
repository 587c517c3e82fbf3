/**
 * The roles of a repository as plain JSON that the metadata library checks. Offline roles count 1, 2, 3; the versions of
 * online roles never fall behind the clock, so a hub restored from an old backup is not taken for an attacker.
 */
import { MetaFile, Root, Snapshot, Targets, Timestamp, type Key, type TargetFile } from '@tufjs/models'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { addMs, days, type DurationMs, type EpochMs } from '@fleetcast/shared/units.ts'

const SPEC_VERSION = '1.0.31'

export const LIFE = {
  root: days(365),
  targets: days(365),
  snapshot: days(30),
  timestamp: days(7),
} as const satisfies Record<string, DurationMs>
export type TopRole = keyof typeof LIFE

/** RFC 3339 without fractions, as the specification writes it. */
export const expiryAfter = (now: EpochMs, life: DurationMs): string =>
  new Date(addMs(now, life)).toISOString().replace(/\.\d+Z$/, 'Z')

/** The version after `previous` of a role that the hub signs by itself. */
export const onlineVersion = (previous: number, now: EpochMs): number =>
  Math.max(previous + 1, Math.floor(now / 1000))

type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type ExtraFields = Record<string, Json>
export type RoleKeys = { readonly keys: readonly Key[]; readonly threshold: number }

type Common = { readonly version: number; readonly now: EpochMs; readonly extra?: ExtraFields }

export function rootRole({
  version,
  now,
  roles,
  extra = {},
}: Common & { readonly roles: Readonly<Record<TopRole, RoleKeys>> }): Root {
  const keys = Object.values(roles).flatMap((role) => role.keys)
  return Root.fromJSON({
    _type: 'root',
    spec_version: SPEC_VERSION,
    version,
    expires: expiryAfter(now, LIFE.root),
    consistent_snapshot: true,
    keys: Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])),
    roles: Object.fromEntries(
      Object.entries(roles).map(([name, role]) => [
        name,
        { keyids: role.keys.map(({ keyID }) => keyID), threshold: role.threshold },
      ]),
    ),
    ...extra,
  })
}

export const targetsRole = ({
  version,
  now,
  targets,
  life = LIFE.targets,
  extra = {},
}: Common & { readonly targets: readonly TargetFile[]; readonly life?: DurationMs }): Targets =>
  Targets.fromJSON({
    _type: 'targets',
    spec_version: SPEC_VERSION,
    version,
    expires: expiryAfter(now, life),
    targets: Object.fromEntries(targets.map((target) => [target.path, target.toJSON()])),
    ...extra,
  })

export const snapshotRole = ({
  version,
  now,
  targets,
  extra = {},
}: Common & { readonly targets: MetaFile }): Snapshot =>
  new Snapshot({
    version,
    specVersion: SPEC_VERSION,
    expires: expiryAfter(now, LIFE.snapshot),
    meta: { 'targets.json': targets },
    unrecognizedFields: extra,
  })

export const timestampRole = ({
  version,
  now,
  snapshot,
  extra = {},
}: Common & { readonly snapshot: MetaFile }): Timestamp =>
  new Timestamp({
    version,
    specVersion: SPEC_VERSION,
    expires: expiryAfter(now, LIFE.timestamp),
    snapshotMeta: snapshot,
    unrecognizedFields: extra,
  })

/** How a role names a file below it: exact version, length and hash, so that nothing can be mixed in. */
export const metaFileOf = (version: number, bytes: Uint8Array): MetaFile =>
  new MetaFile({ version, length: bytes.length, hashes: { sha256: sha256(bytes) } })
