/** Devices that were enrolled after the rollout began: they obey its stages like everybody else. */
import type { DeviceView } from './plan.ts'
import { STAGES_MAX, type Rollout, type Stage } from './rollout.ts'
import { waitingStage } from './create-rollout.ts'
import { withStage } from './change-rollout.ts'

const TAKES_JOINERS: readonly Stage['state'][] = ['waiting', 'gathering']

/** Appends newcomers to the last stage when it is still undecided, else to a tail stage of their own. */
export function joinLate(rollout: Rollout, devices: readonly DeviceView[]): Rollout {
  const known = new Set(rollout.stages.flatMap((stage) => stage.devices))
  const newcomers = devices.filter(({ device }) => !known.has(device))
  if (newcomers.length === 0) return rollout
  const ids = newcomers.map(({ device }) => device)
  const previous = {
    ...rollout.previous,
    ...Object.fromEntries(newcomers.map(({ device, wantedChampion }) => [device, wantedChampion])),
  }
  const last = rollout.stages.length - 1
  const tail = rollout.stages[last]!
  if (TAKES_JOINERS.includes(tail.state))
    return withStage({ ...rollout, previous }, last, { devices: [...tail.devices, ...ids] })
  // Beyond the limit newcomers keep what they serve and are met by the next rollout.
  if (rollout.stages.length >= STAGES_MAX) return rollout
  return { ...rollout, previous, stages: [...rollout.stages, waitingStage(tailName(rollout), ids)] }
}

function tailName({ stages }: Rollout): string {
  const taken = new Set(stages.map(({ name }) => name))
  let name = 'late'
  for (let i = 2; taken.has(name); i++) name = `late-${i}`
  return name
}
