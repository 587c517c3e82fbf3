import * as z from 'zod'

/** `[a-z0-9][a-z0-9_-]{0,62}`: certificate name = MQTT client id = device id = topic level. */
const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/

const idSchema = (what: string) =>
  z.string().regex(ID, `${what} must match [a-z0-9][a-z0-9_-]{0,62}: lower-case letters, digits, "_" and "-"`)

export const DeviceId = idSchema('a device id').brand<'DeviceId'>()
export type DeviceId = z.infer<typeof DeviceId>

export const SiteId = idSchema('a site id').brand<'SiteId'>()
export type SiteId = z.infer<typeof SiteId>

/** Lower-case hex SHA-256 of some exact bytes. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a digest is 64 lower-case hex digits')
  .brand<'Sha256'>()
export type Sha256 = z.infer<typeof Sha256>

/** A bundle is named by the digest of its canonical manifest. */
export const BundleDigest = Sha256.brand<'BundleDigest'>()
export type BundleDigest = z.infer<typeof BundleDigest>

/** A dataset snapshot is named by the digest of its canonical content. */
export const DatasetDigest = Sha256.brand<'DatasetDigest'>()
export type DatasetDigest = z.infer<typeof DatasetDigest>

/** The first 12 digits: what people read. */
export const shortDigest = (digest: string): string => digest.slice(0, 12)
