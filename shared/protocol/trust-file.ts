/** What a device trusts from its enrolment on: the fleet's certificate authorities and the first root of both repositories. */
import { createHash } from 'node:crypto'
import * as z from 'zod'

export const TrustFile = z.strictObject({
  schema: z.literal('fleetcast/trust/1'),
  /** PEM; several while one takes another's place. */
  certificateAuthorities: z.array(z.string().max(8_192)).min(1).max(8),
  /** The exact texts of `1.root.json`. */
  directorRoot: z.string().max(65_536),
  imageRoot: z.string().max(65_536),
})
export type TrustFile = z.infer<typeof TrustFile>

/** SHA-256 (base64url) over the exact bytes of the trust file: what a join string vouches for. */
export const pinOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url')
