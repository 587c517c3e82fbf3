/**
 * What is shipped: an OCI image manifest with CNCF ModelPack raw media types; files are blobs named by SHA-256.
 * The manifest's canonical bytes are what is served and what names the bundle; signed metadata name their digest.
 */
import * as z from 'zod'
import { canonicalJson } from '../crypto/canonical-json.ts'
import { sha256 } from '../crypto/digest.ts'
import { BundleDigest, DatasetDigest, Sha256, SiteId } from '../ids.ts'
import { BUNDLE_FILE_BYTES_MAX, BUNDLE_FILES_MAX } from '../protocol/limits.ts'

export const BUNDLE_FILES = [
  'model.onnx',
  'signature.json',
  'reference-profile.json',
  'golden.json',
  'card.md',
  'train.lock',
  'gates.json',
] as const
export type BundleFileName = (typeof BUNDLE_FILES)[number]

export const BundleFile = z.strictObject({
  mediaType: z.enum([
    'application/vnd.cncf.model.weight.v1.raw',
    'application/vnd.cncf.model.weight.config.v1.raw',
    'application/vnd.cncf.model.doc.v1.raw',
  ]),
  digest: Sha256,
  size: z.int().min(1).max(BUNDLE_FILE_BYTES_MAX),
  annotations: z.strictObject({ 'org.cncf.model.filepath': z.enum(BUNDLE_FILES) }),
})
export type BundleFile = z.infer<typeof BundleFile>

export const Manifest = z
  .strictObject({
    schemaVersion: z.literal(2),
    mediaType: z.literal('application/vnd.oci.image.manifest.v1+json'),
    artifactType: z.literal('application/vnd.cncf.model.manifest.v1+json'),
    /** The empty descriptor of the OCI image specification 1.1. */
    config: z.strictObject({
      mediaType: z.literal('application/vnd.oci.empty.v1+json'),
      digest: Sha256,
      size: z.literal(2),
    }),
    layers: z.array(BundleFile).min(1).max(BUNDLE_FILES_MAX),
    annotations: z.strictObject({
      'io.fleetcast.recipe': z.string().max(63),
      'io.fleetcast.version': z.string().regex(/^[1-9]\d{0,8}$/),
      'io.fleetcast.dataset': DatasetDigest,
      'io.fleetcast.sites': z.string().max(4096),
      /** Event time (ISO) after which no training row lies: only later days count as evidence at a trained site. */
      'io.fleetcast.dataUntil': z.iso.datetime(),
    }),
  })
  .superRefine((manifest, context) => {
    const names = manifest.layers.map((layer) => layer.annotations['org.cncf.model.filepath'])
    if (new Set(names).size !== names.length)
      context.addIssue({ code: 'custom', path: ['layers'], message: 'a file name stands twice' })
    for (const needed of ['model.onnx', 'signature.json', 'reference-profile.json', 'golden.json'] as const)
      if (!names.includes(needed))
        context.addIssue({ code: 'custom', path: ['layers'], message: `${needed} is missing` })
  })
export type Manifest = z.infer<typeof Manifest>

/** The bundle's name: SHA-256 of the canonical manifest, whoever signed it. */
export const bundleDigestOf = (manifest: Manifest): BundleDigest =>
  BundleDigest.parse(sha256(canonicalJson(manifest)))

export const fileOf = (manifest: Manifest, name: BundleFileName): BundleFile | undefined =>
  manifest.layers.find((layer) => layer.annotations['org.cncf.model.filepath'] === name)

/** Sites whose rows trained the model. */
export const trainedSites = (manifest: Manifest): readonly SiteId[] =>
  manifest.annotations['io.fleetcast.sites'].split(',').map((site) => SiteId.parse(site))
