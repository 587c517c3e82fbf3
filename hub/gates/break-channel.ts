/** One channel of a window as a broken sensor sends it, after the range check that every station makes. */
import type { Random } from '@fleetcast/shared/random.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

export const FAULTS = ['missing', 'frozen', '2 sigma high', '2 sigma low', 'other unit'] as const
export type Fault = (typeof FAULTS)[number]

export type BrokenChannel = {
  readonly recipe: Pick<Recipe, 'channels' | 'windowSteps'>
  readonly channel: number
  readonly fault: Fault
  /** Standard deviation of the channel's clean values. */
  readonly sigma: number
}

/** Changes one window, row-major [windowSteps, channels], in place. */
export function breakChannel(window: Float32Array, { recipe, channel, fault, sigma }: BrokenChannel): void {
  const width = window.length / recipe.windowSteps
  const { min, max, unit } = recipe.channels[channel]!
  const first = firstKnown(window, channel, width)
  for (let at = channel; at < window.length; at += width) {
    const value = brokenValue(fault, { value: window[at]!, first, sigma, unit })
    window[at] = value >= min && value <= max ? value : Number.NaN
  }
}

/** What a sensor says that was set to the wrong unit: Fahrenheit, Celsius, km/h, mmHg, a share; else half as much again. */
const MISTAKEN: Record<string, { readonly factor: number; readonly offset: number }> = {
  C: { factor: 1.8, offset: 32 },
  F: { factor: 1 / 1.8, offset: -32 / 1.8 },
  'm/s': { factor: 3.6, offset: 0 },
  hPa: { factor: 0.750_06, offset: 0 },
  '%': { factor: 0.01, offset: 0 },
}
const ANY_MISTAKE = { factor: 1.5, offset: 0 }

type Seen = { readonly value: number; readonly first: number; readonly sigma: number; readonly unit: string }

function brokenValue(fault: Fault, { value, first, sigma, unit }: Seen): number {
  const { factor, offset } = MISTAKEN[unit] ?? ANY_MISTAKE
  switch (fault) {
    case 'missing':
      return Number.NaN
    case 'frozen':
      return first
    case '2 sigma high':
      return value + 2 * sigma
    case '2 sigma low':
      return value - 2 * sigma
    case 'other unit':
      return factor * value + offset
  }
}

function firstKnown(window: Float32Array, channel: number, width: number): number {
  for (let at = channel; at < window.length; at += width) if (!Number.isNaN(window[at]!)) return window[at]!
  return Number.NaN
}

/** Values at and beyond what any sensor says; the range check turns those beyond into gaps. */
const HOSTILE = [Number.NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, 0, -0]

/** Fills a window with anything: noise over the whole range, its ends, and hostile values. Site channels stay. */
export function fuzzWindow(
  window: Float32Array,
  { channels, windowSteps }: Pick<Recipe, 'channels' | 'windowSteps'>,
  random: Random,
): void {
  const width = window.length / windowSteps
  const hostileShare = random.next()
  for (let row = 0; row < windowSteps; row++)
    channels.forEach(({ min, max }, channel) => {
      const value = fuzzValue(random, { min, max, hostileShare })
      window[row * width + channel] = value >= min && value <= max ? value : Number.NaN
    })
}

function fuzzValue(
  random: Random,
  { min, max, hostileShare }: { min: number; max: number; hostileShare: number },
): number {
  if (random.next() < hostileShare / 2) return HOSTILE[random.integer(HOSTILE.length)]!
  if (random.next() < hostileShare) return random.next() < 0.5 ? min : max
  return min + random.next() * (max - min)
}
