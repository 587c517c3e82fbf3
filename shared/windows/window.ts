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
  const { sensors } = series
  const width = sensors + shape.siteChannels.length
  for (let row = 0; row < shape.windowSteps; row++) {
    const step = lastStep - shape.windowSteps + 1 + row
    const at = offset + row * width
    if (step < 0 || step >= series.steps) out.fill(Number.NaN, at, at + sensors)
    else out.set(series.values.subarray(step * sensors, (step + 1) * sensors), at)
    shape.siteChannels.forEach((name, k) => {
      out[at + sensors + k] = position[name]
    })
  }
}
