/** Rows of a table by station and step, to be replayed hour by hour. Only what is replayed is kept. */
import { assert } from '@fleetcast/shared/assert.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { ReadingSource } from './reading-source.ts'

/** Where a channel stands in the table. */
export type ReplayChannel = { readonly name: string; readonly column: string }

export type ReplayRow = {
  /** Lower case: the device's id. */
  readonly device: string
  readonly at: EpochMs
  /** In the order of the channels; NaN for a missing value. */
  readonly values: readonly number[]
}

export type ReplayRange = { readonly from: EpochMs; readonly until: EpochMs; readonly cadenceMs: number }

/** Ten years of minutes. */
const STEPS_MAX = 5_300_000

export class ReplayTable implements ReadingSource {
  readonly #channels: readonly ReplayChannel[]
  readonly #range: ReplayRange
  readonly #steps: number
  #lastStep = -1
  readonly #valuesByDevice = new Map<string, Float64Array>()
  readonly #hasRowByDevice = new Map<string, Uint8Array>()

  constructor(channels: readonly ReplayChannel[], range: ReplayRange) {
    this.#channels = channels
    this.#range = range
    this.#steps = Math.ceil((range.until - range.from) / range.cadenceMs)
    assert(this.#steps >= 0 && this.#steps <= STEPS_MAX, 'a replay covers a bounded time')
  }

  /** Keeps the row when it lies in the range; the first row of a step stays, as in an imported dataset. */
  add({ device, at, values }: ReplayRow): void {
    const step = this.#stepOf(at)
    if (step < 0 || step >= this.#steps) return
    const sensors = this.#channels.length
    const hasRow = this.#hasRowByDevice.get(device) ?? new Uint8Array(this.#steps)
    const kept = this.#valuesByDevice.get(device) ?? new Float64Array(this.#steps * sensors).fill(Number.NaN)
    this.#hasRowByDevice.set(device, hasRow)
    this.#valuesByDevice.set(device, kept)
    if (hasRow[step] === 1) return
    hasRow[step] = 1
    this.#lastStep = Math.max(this.#lastStep, step)
    kept.set(values, step * sensors)
  }

  /** Rows kept of a device. */
  rows(device: string): number {
    return this.#hasRowByDevice.get(device)?.reduce((sum, has) => sum + has, 0) ?? 0
  }

  /** The instant after the last row of any device. */
  end(): EpochMs {
    return epochMs(this.#range.from + (this.#lastStep + 1) * this.#range.cadenceMs)
  }

  readingAt(device: string, at: EpochMs): Readonly<Record<string, number | null>> | null {
    const step = this.#stepOf(at)
    if (this.#hasRowByDevice.get(device)?.[step] !== 1) return null
    const values = this.#valuesByDevice.get(device)!
    const entries = this.#channels.map(({ name }, i) => {
      const value = values[step * this.#channels.length + i]!
      return [name, Number.isNaN(value) ? null : value] as const
    })
    return Object.fromEntries(entries)
  }

  #stepOf(at: EpochMs): number {
    return Math.round((at - this.#range.from) / this.#range.cadenceMs)
  }
}
