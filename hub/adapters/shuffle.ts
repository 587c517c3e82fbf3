import type { Random } from '@fleetcast/shared/random.ts'

/** Fisher-Yates, in place. */
export function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    const moved = order[i]!
    order[i] = order[j]!
    order[j] = moved
  }
}
