/** What every device of the fleet shall run, read off the rollout's state alone: level-triggered, complete, repeatable. */
import type { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import type { DesiredOrder, DeviceView } from './plan.ts'
import type { Rollout, StageState } from './rollout.ts'

/** One order a device, also for those the rollout does not touch: they keep what they are ordered to serve. */
export function ordersOfRollout(rollout: Rollout, devices: readonly DeviceView[]): readonly DesiredOrder[] {
  const stateByDevice = new Map<DeviceId, StageState>(
    rollout.stages.flatMap((stage) => stage.devices.map((device) => [device, stage.state] as const)),
  )
  return devices.map(({ device, wantedChampion }) => {
    const state = stateByDevice.get(device)
    if (state === undefined) return { device, champion: wantedChampion, candidate: null, prefetch: [] }
    return { device, ...orderIn(rollout, state, rollout.previous[device] ?? null) }
  })
}

type Order = Omit<DesiredOrder, 'device'>

function orderIn({ state, digest }: Rollout, stage: StageState, previous: BundleDigest | null): Order {
  const back: Order = { champion: previous, candidate: null, prefetch: [] }
  if (state === 'rollingBack' || state === 'rolledBack') return back
  if (stage === 'passed' || stage === 'promoting') return { champion: digest, candidate: null, prefetch: [] }
  // A device that served the version before this rollout has nothing to try.
  if (state === 'aborted' || state === 'completed' || previous === digest) return back
  if (stage === 'gathering' || stage === 'inconclusive') return { ...back, candidate: digest }
  return stage === 'waiting' ? { ...back, prefetch: [digest] } : back
}
