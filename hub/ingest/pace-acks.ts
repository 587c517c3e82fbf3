/**
 * At most one watermark a second to each device: it covers all before it, so a busy device needs no more. The first after a
 * quiet second goes out at once, the last always does.
 */
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { seconds, type DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'

export type AckPorts = {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly acknowledge: (to: DeviceAddress, watermark: number) => void
}

const ACK_EVERY = seconds(1)

/** Returns the function that passes watermarks on. State is bounded by the number of devices. */
export function createAckPacer({
  clock,
  acknowledge,
}: AckPorts): (to: DeviceAddress, watermark: number) => void {
  const sentAt = new Map<string, DurationMs>()
  const pending = new Map<string, { readonly to: DeviceAddress; readonly watermark: number }>()
  let isPacing = false
  const send = (to: DeviceAddress, watermark: number): void => {
    sentAt.set(to.device, clock.monotonic())
    acknowledge(to, watermark)
  }
  const paceRest = async (): Promise<void> => {
    isPacing = true
    while (pending.size > 0) {
      await clock.sleep(ACK_EVERY)
      const due = [...pending.values()]
      pending.clear()
      for (const { to, watermark } of due) send(to, watermark)
    }
    isPacing = false
  }
  return (to, watermark) => {
    const quietFor = clock.monotonic() - (sentAt.get(to.device) ?? Number.NEGATIVE_INFINITY)
    if (quietFor >= ACK_EVERY && !pending.has(to.device)) return send(to, watermark)
    pending.set(to.device, { to, watermark })
    if (!isPacing) void paceRest()
    return undefined
  }
}
