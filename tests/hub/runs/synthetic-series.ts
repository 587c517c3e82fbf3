import { SiteId } from '@fleetcast/shared/ids.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'

/** Hours of made-up weather: a day's wave, a year's wave, slow noise, 2 % gaps; pressure foretells the temperature. */
export function syntheticSeries(name: string, steps: number, seed: number): StationSeries {
  const random = createRandom(seed)
  const values = new Float32Array(steps * 2)
  let [slow, ahead] = [0, 0]
  for (let step = 0; step < steps; step++) {
    slow += 0.15 * ahead - 0.05 * slow
    ahead = 0.95 * ahead + random.normal() * 0.3
    const temperature =
      10 +
      6 * Math.sin((2 * Math.PI * (step % 24)) / 24) +
      8 * Math.sin((2 * Math.PI * step) / 8_766) +
      slow +
      0.2 * random.normal()
    values[step * 2] = random.next() < 0.02 ? Number.NaN : temperature
    values[step * 2 + 1] = random.next() < 0.02 ? Number.NaN : 1_013 + 5 * ahead
  }
  const startAt = epochMs(Date.UTC(2020, 0, 1))
  return { site: SiteId.parse(name), latitude: 47, longitude: 8 + seed, startAt, values, steps }
}
