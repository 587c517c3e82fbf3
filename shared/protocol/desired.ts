/**
 * Desired state: what a device shall run, level-triggered, with a generation that only grows. It is read from the director's
 * signed targets of that device; `dn/want` carries only the retained hint that there is something to look at.
 */
import * as z from 'zod'
import { BundleDigest, DeviceId } from '../ids.ts'

export const Desired = z.strictObject({
  schema: z.literal('fleetcast/desired/1'),
  device: DeviceId,
  generation: z.int().min(1),
  /** Serves the station's forecasts; null means the baseline (persistence) serves. */
  champion: BundleDigest.nullable(),
  /** Backtested on the ring buffer, then run in shadow beside what serves. */
  candidate: BundleDigest.nullable(),
  /** Downloaded, verified and self-tested, not run. */
  prefetch: z.array(BundleDigest).max(4),
})
export type Desired = z.infer<typeof Desired>

/** On `dn/want`, retained: says "look now" and nothing else; whoever controls the broker gains nothing by it. */
export const WantHint = z.strictObject({ generation: z.int().min(1) })
export type WantHint = z.infer<typeof WantHint>
