/** Enrolment over HTTP: a one-time secret and a certificate request become the device's certificate; renewal needs its key alone. */
import * as z from 'zod'
import { DeviceId, SiteId } from '../ids.ts'
import { Recipe } from '../recipe/recipe.ts'
import { CERTIFICATE_REQUEST_BYTES_MAX } from './limits.ts'

export const JoinSecret = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

const pem = (label: string, charactersMax: number) =>
  z
    .string()
    .max(charactersMax)
    .refine((text) => text.trimStart().startsWith(`-----BEGIN ${label}-----`), `a PEM ${label}`)

/** PKCS#10; only its key and its signature count. */
const CertificateRequest = pem('CERTIFICATE REQUEST', CERTIFICATE_REQUEST_BYTES_MAX)
const Certificate = pem('CERTIFICATE', 8_192)

export const EnrolRequest = z.strictObject({
  device: DeviceId,
  secret: z.string().max(64),
  csr: CertificateRequest,
})
export type EnrolRequest = z.infer<typeof EnrolRequest>

export const EnrolAnswer = z.strictObject({
  device: DeviceId,
  site: SiteId,
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  mqttUrl: z.url({ protocol: /^mqtts$/ }),
  certificate: Certificate,
  /** Base64 SPKI of the hub's Ed25519 keys for orders and manifests, until those come as signed metadata. */
  trustedKeys: z.array(z.string().max(200)).min(1).max(8),
  recipe: Recipe,
})
export type EnrolAnswer = z.infer<typeof EnrolAnswer>

export const RenewRequest = z.strictObject({ device: DeviceId, csr: CertificateRequest })
export type RenewRequest = z.infer<typeof RenewRequest>

export const RenewAnswer = z.strictObject({ certificate: Certificate })
export type RenewAnswer = z.infer<typeof RenewAnswer>

/** What a device keeps, in one file of mode 0600: the answer, its own key, and what the join string's pin vouched for. */
export const Enrolment = EnrolAnswer.extend({
  hubUrl: z.url({ protocol: /^https?$/ }),
  privateKey: pem('PRIVATE KEY', 4_096),
  certificateAuthorities: z.array(Certificate).min(1).max(8),
  /** The exact texts of `1.root.json` of both repositories. */
  directorRoot: z.string().max(65_536),
  imageRoot: z.string().max(65_536),
})
export type Enrolment = z.infer<typeof Enrolment>
