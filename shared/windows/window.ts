/**
 * Readings -> the regular window a model sees: float32 [windowSteps, channels], row-major, newest row last. Sensors
 * first, then what the site knows of itself, constant along the window. NaN for a gap or an invalid value.
 */
import type { SiteChannel } from '../recipe/recipe.ts'

/** Quality-controlled values of one station on a regular time axis: row-major [steps, sensors]. */
export type RegularSeries = {
  readonly values: Float32Array
  readonly steps: number
  readonly sensors: number
}

export type WindowShape = {
  readonly windowSteps: number
  readonly siteChannels: readonly SiteChannel[]
}

export type Position = { readonly latitude: number; readonly longitude: number }

export const windowLength = (shape: WindowShape, sensors: number): number =>
  shape.windowSteps * (sensors + shape.siteChannels.length)

/** Writes the window whose newest row is `lastStep` into `out` at `offset`; rows before the series' start are NaN. */
export function writeWindow(
  series: RegularSeries,
  lastStep: number,
  {
    shape,
    position,
    out,
    offset,
  }: { shape: WindowShape; position: Position; out: Float32Array; offset: number },
): void {
  const { sensors, values } = series
  const width = sensors + shape.siteChannels.length
  const site = shape.siteChannels.map((name) => position[name])
  // Plain loops: at this size they are several times faster than one subarray a row, and leave no garbage.
  for (let row = 0; row < shape.windowSteps; row++) {
    const step = lastStep - shape.windowSteps + 1 + row
    const at = offset + row * width
    const from = step < 0 || step >= series.steps ? -1 : step * sensors
    for (let k = 0; k < sensors; k++) out[at + k] = from < 0 ? Number.NaN : values[from + k]!
    for (let k = 0; k < site.length; k++) out[at + sensors + k] = site[k]!
  }
}
