/**
 * Who is there, when nobody tells: a broker that is not ours does not report connections in a way that all brokers share, so a
 * device is there while signed reports come from it.
 */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { minutes, seconds, type DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { BrokerPorts } from './broker-ports.ts'

/** A station repeats its status every 30 s: four of them may be lost on the way before it counts as gone. */
export const HEARD_WITHIN = minutes(2)
const LOOK_EVERY = seconds(5)

export type Presence = {
  readonly heard: (from: DeviceAddress) => void
  readonly isThere: (device: DeviceId | string) => boolean
  /** Gone at once: it was revoked. */
  readonly forget: (device: DeviceId) => void
  readonly loop: (signal: AbortSignal) => Promise<void>
}

/** Told of every change; only known devices are ever heard, so the state is bounded by the fleet. */
export function createPresence(ports: {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly connection: BrokerPorts['connection']
}): Presence {
  const heardAt = new Map<string, { readonly from: DeviceAddress; readonly at: DurationMs }>()
  const isRecent = (at: DurationMs): boolean => ports.clock.monotonic() - at < HEARD_WITHIN
  const leave = (device: string): void => {
    const last = heardAt.get(device)
    if (last === undefined) return
    heardAt.delete(device)
    ports.connection(last.from, false)
  }
  return {
    heard: (from) => {
      const isNew = !heardAt.has(from.device)
      heardAt.set(from.device, { from, at: ports.clock.monotonic() })
      if (isNew) ports.connection(from, true)
    },
    isThere: (device) => {
      const last = heardAt.get(device)
      return last !== undefined && isRecent(last.at)
    },
    forget: leave,
    loop: async (signal) => {
      while (!signal.aborted) {
        await ports.clock.sleep(LOOK_EVERY, signal)
        for (const [device, { at }] of heardAt) if (!isRecent(at)) leave(device)
      }
    },
  }
}
