/** Rows of a table while it is read: typed columns that grow, because five million objects would not fit. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'

export class RowStore {
  readonly sensors: number
  #size = 0
  #times = new Float64Array(1024)
  #values: Float64Array

  constructor(sensors: number) {
    this.sensors = sensors
    this.#values = new Float64Array(1024 * sensors)
  }

  get size(): number {
    return this.#size
  }

  add(at: EpochMs, values: readonly number[]): void {
    assert(values.length === this.sensors, 'a row has one value a channel')
    if (this.#size === this.#times.length) this.#grow()
    this.#times[this.#size] = at
    this.#values.set(values, this.#size * this.sensors)
    this.#size++
  }

  /** Event times as they stand in the table, in order of arrival. */
  times(): Float64Array {
    return this.#times.subarray(0, this.#size)
  }

  row(index: number): Float64Array {
    return this.#values.subarray(index * this.sensors, (index + 1) * this.sensors)
  }

  valueAt(index: number, sensor: number): number {
    return this.#values[index * this.sensors + sensor]!
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2)
    const values = new Float64Array(this.#values.length * 2)
    times.set(this.#times)
    values.set(this.#values)
    this.#times = times
    this.#values = values
  }
}
