/**
 * Hard guardrails: a device that refuses the version, or gave it up after serving it, has said enough. No statistics,
 * no waiting for the sample: one device is a reason to stop.
 */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { referenceText } from './words.ts'
import type { DeviceView } from './plan.ts'
import type { Rollout, Stage } from './rollout.ts'

export type DeviceFailure = { readonly device: DeviceId; readonly stage: string; readonly reason: string }

const EXPOSED: readonly Stage['state'][] = ['gathering', 'promoting', 'passed']
const PROMOTED: readonly Stage['state'][] = ['promoting', 'passed']

/** The failures of devices the version has reached, in stage order. */
export function findDeviceFailures(
  rollout: Rollout,
  viewByDevice: ReadonlyMap<DeviceId, DeviceView>,
): readonly DeviceFailure[] {
  const seenServing = new Set(rollout.memory.seenServing)
  return rollout.stages
    .filter((stage) => EXPOSED.includes(stage.state))
    .flatMap((stage) =>
      stage.devices.flatMap((device) => {
        const view = viewByDevice.get(device)
        if (view === undefined) return []
        const hasServed = PROMOTED.includes(stage.state) && seenServing.has(device)
        const reason = rejection(rollout, view) ?? (hasServed ? fallback(rollout, view) : null)
        return reason === null ? [] : [{ device, stage: stage.name, reason }]
      }),
    )
}

/** Notes which promoted devices have been seen serving the version, so that another one later means a roll-back. */
export function noteServing(rollout: Rollout, viewByDevice: ReadonlyMap<DeviceId, DeviceView>): Rollout {
  const { memory, digest } = rollout
  const known = new Set(memory.seenServing)
  const promoted = rollout.stages
    .filter((stage) => PROMOTED.includes(stage.state))
    .flatMap((stage) => stage.devices)
  const news = promoted.filter((device) => viewByDevice.get(device)?.serving === digest && !known.has(device))
  return news.length === 0
    ? rollout
    : { ...rollout, memory: { ...memory, seenServing: [...memory.seenServing, ...news] } }
}

function rejection({ digest, version }: Rollout, { device, bundles }: DeviceView): string | null {
  const refused = bundles.find((bundle) => bundle.digest === digest && bundle.state === 'rejected')
  if (refused === undefined) return null
  return `${device} rejected version ${version}: ${refused.code ?? 'no code'} (${refused.message ?? 'no message'})`
}

/** A report of an older order does not count: the device may not know yet that it shall serve the version. */
function fallback({ digest, version }: Rollout, view: DeviceView): string | null {
  if (view.serving === digest || view.generation < view.wantedGeneration) return null
  const now = view.serving === null ? 'the baseline' : referenceText(view.serving)
  return `${view.device} rolled version ${version} back: it served it and now serves ${now}`
}
