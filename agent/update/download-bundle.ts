/**
 * Pulls a bundle: its manifest first, accepted before anything is stored, then each file that is not on disk yet,
 * resumed at the block where the half file ends.
 */
import type { BundleFile, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { blockCount, type Block } from '@fleetcast/shared/protocol/blocks.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import type { BundleFiles } from '../ports/bundle-files.ts'
import type { Clock } from '../ports/clock.ts'
import { downloadBlocks, type BlockCode, type BlockSource } from './download-blocks.ts'
import { MinimumRate } from './minimum-rate.ts'
import { openManifest, readManifest, type BundleCode, type BundleFit } from './read-bundle.ts'

export type DownloadCode = BlockCode | BundleCode | 'download/digestMismatch'

export type Download = {
  readonly files: BundleFiles
  readonly clock: Clock
  readonly source: BlockSource
  readonly released: BundleFit['released']
  readonly settings: Pick<
    AgentSettings,
    'blockWindow' | 'requestTimeoutMs' | 'bytesPerSecondMin' | 'rateWindowMs'
  >
  /** Share of the bundle's bytes on disk, 0..1. */
  readonly onProgress: (share: number) => void
}

type Outcome = Result<null, Refusal<DownloadCode>>

export async function downloadBundle(
  download: Download,
  digest: BundleDigest,
  signal: AbortSignal,
): Promise<Outcome> {
  const manifest = await obtainManifest(download, digest, signal)
  if (!manifest.ok) return manifest
  const { layers } = manifest.value
  const total = layers.reduce((sum, layer) => sum + layer.size, 0)
  let done = 0
  for (const layer of layers) {
    const before = done
    const onBytes = (bytes: number): void => download.onProgress((before + bytes) / total)
    const outcome = await obtainFile(download, { layer, onBytes }, signal)
    if (!outcome.ok) return outcome
    done += layer.size
    download.onProgress(done / total)
  }
  return ok(null)
}

async function obtainManifest(
  download: Download,
  digest: BundleDigest,
  signal: AbortSignal,
): Promise<Result<Manifest, Refusal<DownloadCode>>> {
  const known = await readManifest(download.files, digest, download)
  const released = download.released(digest)
  if (known.ok || released === null) return known
  const blocks = await downloadBlocks(
    blockPorts(download),
    { digest, from: 0, count: 1, fits: fitsFile(released.bytes) },
    signal,
  )
  if (!blocks.ok) return blocks
  const { bytes } = blocks.value[0]!
  const manifest = openManifest(bytes, released)
  if (manifest.ok) await download.files.writeManifest(digest, bytes)
  return manifest
}

/** One set for one file, since each file has to come at the minimum rate. */
const blockPorts = ({ source, clock, settings }: Download) => ({
  source,
  clock,
  requestTimeoutMs: settings.requestTimeoutMs,
  rate: new MinimumRate(settings),
})

async function obtainFile(
  download: Download,
  { layer, onBytes }: { layer: BundleFile; onBytes: (bytes: number) => void },
  signal: AbortSignal,
): Promise<Outcome> {
  const { files } = download
  const { digest, size } = layer
  if (await files.hasBlob(digest, size)) return ok(null)
  const total = blockCount(size)
  // A half file ends wherever the power went; only whole blocks count.
  let next = Math.min(total, Math.floor((await files.partialBytes(digest)) / BLOCK_BYTES))
  const ports = blockPorts(download)
  while (next < total) {
    const count = Math.min(download.settings.blockWindow, total - next)
    const blocks = await downloadBlocks(ports, { digest, from: next, count, fits: fitsFile(size) }, signal)
    if (!blocks.ok) return blocks
    await files.appendPartial(
      digest,
      next * BLOCK_BYTES,
      Buffer.concat(blocks.value.map((block) => block.bytes)),
    )
    next += count
    onBytes(Math.min(size, next * BLOCK_BYTES))
  }
  return await finish(files, layer)
}

const fitsFile =
  (size: number) =>
  ({ fileBytes, index, bytes }: Block): boolean =>
    fileBytes === size && bytes.length === Math.min(BLOCK_BYTES, size - index * BLOCK_BYTES)

async function finish(files: BundleFiles, { digest, size, annotations }: BundleFile): Promise<Outcome> {
  const bytes = await files.readPartial(digest)
  if (bytes.length === size && sha256(bytes) === digest) {
    await files.finishPartial(digest)
    return ok(null)
  }
  await files.dropPartial(digest)
  const name = annotations['org.cncf.model.filepath']
  return refuse(
    'download/digestMismatch',
    `${name} is not what was signed; it is fetched again from its start`,
  )
}
