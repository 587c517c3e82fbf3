/**
 * The name of a dataset: a SHA-256 of its content that knows nothing of files, formats, row orders, chunks or threads.
 *
 * Rows are taken in order of (station id by its bytes, time); there is one row a station and interval. Each column is hashed
 * for itself with SHA-256:
 * - `station`: for every station the line `<id> <rows>\n` in UTF-8;
 * - `time`: milliseconds since the epoch as float64, little-endian;
 * - one column a channel, under its name: the value as measured, in the recipe's unit, as float64, little-endian, whether quality
 *   control accepted it or not; a missing value is the quiet NaN 0x7ff8000000000000, and zero is +0;
 * - its flags, under `<name>_qc`: one byte a row, the place of the flag in FLAGS.
 * The digest is the SHA-256 of the canonical JSON `{schema, cadenceMs, rows, channels: [{name, unit}], columns: {name: hex}}`.
 */
import { createHash, type Hash } from 'node:crypto'
import { assert } from '@fleetcast/shared/assert.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { DatasetDigest } from '@fleetcast/shared/ids.ts'

export const SNAPSHOT_SCHEMA = 'fleetcast/dataset/2' as const

/** What the values mean; a part of the digest. */
export type SnapshotHeader = {
  readonly cadenceMs: number
  readonly channels: readonly { readonly name: string; readonly unit: string }[]
}

/** Rows in order; `station` holds places in the list of stations, `measured` and `flags` one array a channel. */
export type SnapshotBlock = {
  readonly rows: number
  readonly station: Float64Array
  readonly time: Float64Array
  readonly measured: readonly Float64Array[]
  readonly flags: readonly Uint8Array[]
}

export class ContentDigest {
  readonly #header: SnapshotHeader
  readonly #stations: readonly string[]
  readonly #hashes: ReadonlyMap<string, Hash>
  #rows = 0
  #station = -1
  #stationRows = 0

  constructor(header: SnapshotHeader, stations: readonly string[]) {
    assert(IS_LITTLE_ENDIAN, 'columns are hashed as they lie in memory: little-endian')
    this.#header = header
    this.#stations = stations
    const names = header.channels.flatMap(({ name }) => [name, `${name}_qc`])
    this.#hashes = new Map(['station', 'time', ...names].map((name) => [name, createHash('sha256')]))
  }

  add({ rows, station, time, measured, flags }: SnapshotBlock): void {
    for (let row = 0; row < rows; row++) this.#countStation(station[row]!)
    this.#rows += rows
    this.#hash('time', bytesOf(time, rows))
    this.#header.channels.forEach(({ name }, i) => {
      this.#hash(name, bytesOf(measured[i]!, rows))
      this.#hash(`${name}_qc`, flags[i]!.subarray(0, rows))
    })
  }

  finish(): DatasetDigest {
    this.#endStation()
    const columns = Object.fromEntries([...this.#hashes].map(([name, hash]) => [name, hash.digest('hex')]))
    const { cadenceMs, channels } = this.#header
    const named = channels.map(({ name, unit }) => ({ name, unit }))
    const content = { schema: SNAPSHOT_SCHEMA, cadenceMs, rows: this.#rows, channels: named, columns }
    return DatasetDigest.parse(sha256(canonicalJson(content)))
  }

  #countStation(station: number): void {
    if (station !== this.#station) {
      this.#endStation()
      this.#station = station
    }
    this.#stationRows++
  }

  #endStation(): void {
    if (this.#stationRows > 0)
      this.#hash('station', Buffer.from(`${this.#stations[this.#station]} ${this.#stationRows}\n`))
    this.#stationRows = 0
  }

  #hash(name: string, bytes: Uint8Array): void {
    this.#hashes.get(name)!.update(bytes)
  }
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

const bytesOf = (values: Float64Array, rows: number): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, rows * Float64Array.BYTES_PER_ELEMENT)

/** One form for a missing value and for zero. */
export const canonicalNumber = (value: number): number => (Number.isNaN(value) ? Number.NaN : value + 0)
