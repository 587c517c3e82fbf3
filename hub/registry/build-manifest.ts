/** A trained version becomes a manifest: which files, what trained it, until when its data reaches. */
import { Manifest, type BundleFileName } from '@fleetcast/shared/bundle/manifest.ts'
import type { DatasetDigest, Sha256, SiteId } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'

export type ManifestInput = {
  readonly recipe: string
  readonly version: number
  readonly dataset: DatasetDigest
  readonly sites: readonly SiteId[]
  readonly dataUntil: EpochMs
  readonly files: readonly { readonly name: BundleFileName; readonly digest: Sha256; readonly size: number }[]
}

/** SHA-256 of `{}`, the OCI 1.1 empty config. */
const EMPTY_CONFIG = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'

export function buildManifest(input: ManifestInput): Manifest {
  return Manifest.parse({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: EMPTY_CONFIG, size: 2 },
    layers: input.files.map(({ name, digest, size }) => ({
      mediaType: mediaTypeOf(name),
      digest,
      size,
      annotations: { 'org.cncf.model.filepath': name },
    })),
    annotations: {
      'io.fleetcast.recipe': input.recipe,
      'io.fleetcast.version': String(input.version),
      'io.fleetcast.dataset': input.dataset,
      'io.fleetcast.sites': [...input.sites].sort().join(','),
      'io.fleetcast.dataUntil': new Date(input.dataUntil).toISOString(),
    },
  })
}

function mediaTypeOf(name: BundleFileName): Manifest['layers'][number]['mediaType'] {
  if (name === 'model.onnx') return 'application/vnd.cncf.model.weight.v1.raw'
  return name === 'card.md'
    ? 'application/vnd.cncf.model.doc.v1.raw'
    : 'application/vnd.cncf.model.weight.config.v1.raw'
}
