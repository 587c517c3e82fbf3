/** What a rollout does and what it waits for, in sentences: an operator always sees why nothing moves. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { epochMsToHourText } from '@fleetcast/shared/units.ts'
import type { DeviceView } from './plan.ts'
import type { Rollout } from './rollout.ts'
import { counted } from './words.ts'

/** One sentence a line: state, open questions, and the devices that lag behind. */
export function reportRollout(
  rollout: Rollout,
  viewByDevice: ReadonlyMap<DeviceId, DeviceView>,
): readonly string[] {
  const waits = rollout.stages.flatMap((stage) =>
    stage.waitsFor.map((what) => `stage ${stage.name} waits for ${what}`),
  )
  const absent = rollout.stages
    .flatMap((stage) => stage.devices)
    .flatMap((device) => absentText(device, viewByDevice.get(device)))
  const isSettling = rollout.state === 'soaking' || rollout.state === 'rollingBack'
  const reachable = [...viewByDevice.values()].filter((view) => view.isReachable)
  const lagging = isSettling ? reachable.flatMap((view) => laggingText(rollout, view)) : []
  return [`${rollout.state}: ${rollout.reason}`, ...waits, ...lagging, ...absent]
}

/** Whether a device is off the version: it serves what it did before, or refuses that and serves something else. */
export function isBack({ previous, digest }: Rollout, { device, serving, bundles }: DeviceView): boolean {
  const before = previous[device] ?? null
  if (serving === before) return true
  return (
    serving !== digest && bundles.some((bundle) => bundle.digest === before && bundle.state === 'rejected')
  )
}

function laggingText(rollout: Rollout, view: DeviceView): string[] {
  if (rollout.state === 'rollingBack')
    return isBack(rollout, view) ? [] : [`waits for ${view.device} to serve again what it served before`]
  const { soakDays } = rollout.policy
  if (view.serving === rollout.digest && view.servedDaysOfVersion >= soakDays) return []
  return [
    `waits for ${view.device}: it served the version on ${view.servedDaysOfVersion} of ${counted(soakDays, 'day')}`,
  ]
}

function absentText(device: DeviceId, view: DeviceView | undefined): string[] {
  if (view === undefined) return [`${device} is no longer enrolled`]
  if (view.isReachable) return []
  const since =
    view.lastReadingAt === null ? '' : `; its last reading is of ${epochMsToHourText(view.lastReadingAt)}`
  return [`${device} is unreachable and will follow${since}`]
}
