import type { SiteId } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'

/** Quality-controlled history of one station on the regular axis of its recipe. */
export type StationSeries = {
  readonly site: SiteId
  readonly latitude: number
  readonly longitude: number
  /** Event time of step 0. */
  readonly startAt: EpochMs
  /** Row-major [steps, sensors], channels in the recipe's order; NaN for a gap or an invalid value. */
  readonly values: Float32Array
  readonly steps: number
}
