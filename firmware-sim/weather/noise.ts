import type { Random } from '@fleetcast/shared/random.ts'

/** Hourly red noise (first-order autoregression) with the given standard deviation and memory, started in its steady state. */
export function redNoise(
  random: Random,
  hours: number,
  { deviation, memoryHours }: { deviation: number; memoryHours: number },
): Float64Array {
  const kept = Math.exp(-1 / memoryHours)
  const fresh = deviation * Math.sqrt(1 - kept * kept)
  const noise = new Float64Array(hours)
  let value = deviation * random.normal()
  for (let hour = 0; hour < hours; hour++) {
    noise[hour] = value
    value = kept * value + fresh * random.normal()
  }
  return noise
}

/** Linear interpolation between hours; the ends are held. */
export function sampleAt(series: Float64Array, hour: number): number {
  const clamped = Math.min(Math.max(hour, 0), series.length - 1)
  const before = Math.floor(clamped)
  const share = clamped - before
  return series[before]! * (1 - share) + series[Math.min(before + 1, series.length - 1)]! * share
}
