/** Devices, evidence and rollouts of a small fleet, as plain data. */
import { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import type { RolloutPolicy } from '@fleetcast/shared/recipe/recipe.ts'
import type { Result } from '@fleetcast/shared/result.ts'
import { epochMs, epochMsToUtcDay, DAY_MS } from '@fleetcast/shared/units.ts'
import { createRollout } from '@fleetcast/hub/rollouts/create-rollout.ts'
import type { EvidenceDay } from '@fleetcast/hub/rollouts/evidence-day.ts'
import type { DeviceView } from '@fleetcast/hub/rollouts/plan.ts'
import type { Rollout } from '@fleetcast/hub/rollouts/rollout.ts'

export const VERSION = BundleDigest.parse('a'.repeat(64))
export const CHAMPION = BundleDigest.parse('c'.repeat(64))
export const NOW = epochMs(1_000_000)

export const POLICY: RolloutPolicy = {
  stages: [
    { name: 'canary', share: 0.2 },
    { name: 'familiar', share: 0.6 },
    { name: 'new-climate', share: 0.8 },
    { name: 'everyone', share: 1 },
  ],
  verifiedForecastsMin: 400,
  daysMin: 21,
  daysMax: 150,
  shadowDaysMin: 5,
  alpha: 0.05,
  marginToPersistence: 0.05,
  marginToChampion: 0.05,
  soakDays: 7,
}

export const SITES = {
  ewr: { latitude: 40.69, longitude: -74.17 },
  jfk: { latitude: 40.64, longitude: -73.78 },
  lga: { latitude: 40.78, longitude: -73.88 },
  pdx: { latitude: 45.59, longitude: -122.6 },
  sea: { latitude: 47.44, longitude: -122.31 },
} as const
export type Site = keyof typeof SITES

export const id = (device: string): DeviceId => DeviceId.parse(device)
export const day = (index: number): string => epochMsToUtcDay(epochMs(Date.UTC(2022, 0, 1) + index * DAY_MS))

export function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

export const placed = (device: Site) => ({ device: id(device), site: device, position: SITES[device] })

export const newRollout = (change: Partial<Parameters<typeof createRollout>[0]> = {}): Rollout =>
  value(
    createRollout({
      id: 'r1',
      recipe: 'temperature-24h',
      version: 2,
      digest: VERSION,
      policy: POLICY,
      cadenceMinutes: 60,
      devices: (Object.keys(SITES) as Site[]).map((site) =>
        Object.assign(placed(site), { wantedChampion: null }),
      ),
      trainedSites: (['ewr', 'jfk', 'lga'] as const).map((site) => ({ site, position: SITES[site] })),
      now: NOW,
      ...change,
    }),
  )

export const view = (device: string, change: Partial<DeviceView> = {}): DeviceView => ({
  device: id(device),
  site: device,
  serving: null,
  servingState: 'baseline',
  candidate: null,
  candidateState: 'none',
  bundles: [],
  isReachable: true,
  generation: 1,
  wantedGeneration: 1,
  wantedChampion: null,
  lastReadingAt: null,
  servedDaysOfVersion: 0,
  ...change,
})

export const fleet = (change: Partial<DeviceView> = {}): DeviceView[] =>
  Object.keys(SITES).map((site) => view(site, change))

export const MAE = 2.5

/** One device-day whose mean difference is `relative` times the reference's MAE. */
export const evidenceDay = (
  device: string,
  index: number,
  relative: number,
  change: Partial<EvidenceDay> = {},
): EvidenceDay => {
  const n = change.n ?? 24
  return {
    device,
    site: device,
    reference: 'persistence',
    source: 'shadow',
    day: day(index),
    n,
    sumAbs: n * MAE * (1 + relative),
    sumAbsReference: n * MAE,
    sumDifference: n * MAE * relative,
    sumDifferenceSquared: n,
    ...change,
  }
}

/** Daily relative differences with memory `phi`: mean and spread of a day as shares of the reference's MAE. */
export function dailyDifferences(
  random: Random,
  { mean, sd, phi = 0, days }: { mean: number; sd: number; phi?: number; days: number },
): number[] {
  let state = random.normal()
  return Array.from({ length: days }, () => {
    const difference = mean + sd * state
    state = phi * state + Math.sqrt(1 - phi * phi) * random.normal()
    return difference
  })
}

export const evidenceOf = (
  device: string,
  input: { mean: number; sd: number; days: number; seed?: number; reference?: EvidenceDay['reference'] },
): EvidenceDay[] =>
  dailyDifferences(createRandom(input.seed ?? 1), input).map((relative, i) =>
    evidenceDay(device, i, relative, input.reference === undefined ? {} : { reference: input.reference }),
  )
