import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { RolloutPolicy } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { assignStages, type PlacedDevice, type TrainedSite } from './assign-stages.ts'
import type { Rollout, Stage } from './rollout.ts'

export type NewRollout = {
  readonly id: string
  readonly recipe: string
  readonly version: number
  readonly digest: BundleDigest
  readonly policy: RolloutPolicy
  readonly cadenceMinutes: number
  /** Every enrolled device, with what it is ordered to serve now. */
  readonly devices: readonly (PlacedDevice & { readonly wantedChampion: BundleDigest | null })[]
  /** Sites whose readings the version was trained on. */
  readonly trainedSites: readonly TrainedSite[]
  readonly now: EpochMs
}

const DAY_MINUTES = 1_440

/** A rollout that has exposed nobody yet; `rollout/noDevices` when there is nobody to expose. */
export function createRollout(input: NewRollout): Result<Rollout, Refusal<'rollout/noDevices'>> {
  const { policy, devices, trainedSites, now, cadenceMinutes, ...named } = input
  if (devices.length === 0)
    return refuse('rollout/noDevices', 'no device is enrolled; add devices before starting a rollout')
  const stages = assignStages({ stages: policy.stages, devices, trainedSites })
  return ok({
    ...named,
    state: 'running',
    reason: `version ${named.version} goes out in ${stages.length} stages`,
    createdAt: now,
    updatedAt: now,
    policy,
    policyDigest: sha256(canonicalJson(policy)),
    stages: stages.map((stage) => waitingStage(stage.name, stage.devices)),
    previous: Object.fromEntries(devices.map(({ device, wantedChampion }) => [device, wantedChampion])),
    memory: {
      pairsPerDay: Math.max(1, Math.floor(DAY_MINUTES / cadenceMinutes)),
      seenServing: [],
      daysAllowed: {},
    },
  })
}

/** A stage that has not opened yet. */
export const waitingStage = (name: string, devices: Stage['devices']): Stage => ({
  name,
  devices,
  state: 'waiting',
  verdict: null,
  reasons: [],
  waitsFor: [],
  measurements: [],
  bySite: [],
  decidedAt: null,
})
