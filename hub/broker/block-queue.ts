/** Blocks that wait to be sent, first come first served; bounded in all and for each device. */
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import { BLOCK_WINDOW_MAX } from '@fleetcast/shared/protocol/limits.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'

export type WaitingBlock = { readonly to: DeviceAddress; readonly digest: Sha256; readonly index: number }

/** More are dropped, and the device asks again after its timeout. */
export const QUEUE_MAX = 10_000
/** Two windows: the one under way and, after a timeout, the next. */
export const WAITING_PER_DEVICE_MAX = 2 * BLOCK_WINDOW_MAX

export type BlockQueue = {
  readonly size: () => number
  /** False when there is no room; a block that waits already is not queued twice. */
  readonly push: (block: WaitingBlock) => boolean
  readonly shift: () => WaitingBlock | undefined
}

const keyOf = ({ digest, index }: WaitingBlock): string => `${digest}/${index}`

export function createBlockQueue(): BlockQueue {
  const queue: WaitingBlock[] = []
  const waitingByDevice = new Map<string, Set<string>>()
  return {
    size: () => queue.length,
    push: (block) => {
      const waiting = waitingByDevice.get(block.to.device) ?? new Set<string>()
      if (waiting.has(keyOf(block))) return true
      if (queue.length >= QUEUE_MAX || waiting.size >= WAITING_PER_DEVICE_MAX) return false
      waitingByDevice.set(block.to.device, waiting.add(keyOf(block)))
      queue.push(block)
      return true
    },
    shift: () => {
      const block = queue.shift()
      if (block === undefined) return undefined
      const waiting = waitingByDevice.get(block.to.device)!
      waiting.delete(keyOf(block))
      if (waiting.size === 0) waitingByDevice.delete(block.to.device)
      return block
    },
  }
}
