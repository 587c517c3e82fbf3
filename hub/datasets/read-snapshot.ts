/** Rows of a snapshot file, with their digest computed again while they go by. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { ColumnEngine } from '../ports/column-engine.ts'
import { canonicalNumber, ContentDigest, type SnapshotBlock } from './content-digest.ts'
import type { Snapshot } from './snapshot-files.ts'
import { readMetadataSql, readSnapshotSql, SnapshotMetadata } from './snapshot-table.ts'

/** Opens the file under the digest it was stored by; a file that says it is another dataset is a fault. */
export async function openSnapshot(
  engine: ColumnEngine,
  file: string,
  digest: DatasetDigest,
): Promise<Snapshot> {
  const [row] = await engine.query(readMetadataSql(file))
  const metadata = SnapshotMetadata.parse(JSON.parse(String(row?.['value'] ?? 'null')))
  assert(metadata.digest === digest, damagedText(digest))
  return { metadata, blocks: () => verifiedBlocks(engine, file, metadata) }
}

const damagedText = (digest: DatasetDigest): string =>
  `snapshot ${digest} on disk is not what its name says; import the table again`

async function* verifiedBlocks(
  engine: ColumnEngine,
  file: string,
  metadata: SnapshotMetadata,
): AsyncGenerator<SnapshotBlock> {
  const { cadenceMs, channels, stations } = metadata
  const digest = new ContentDigest({ cadenceMs, channels }, stations)
  for await (const { rows, columns } of engine.stream(readSnapshotSql(file, metadata))) {
    const [station, time, ...rest] = columns
    const measured = rest.slice(0, channels.length).map((column) => column.map(canonicalNumber))
    const flags = rest.slice(channels.length).map((column) => Uint8Array.from(column))
    const block = { rows, station: station!, time: time!, measured, flags }
    digest.add(block)
    yield block
  }
  assert(digest.finish() === metadata.digest, damagedText(metadata.digest))
}
