/** What the station remembers beside metadata: the latest time that was attested, and the epochs it has committed to. */
import type { TrustMemory } from '@fleetcast/shared/trust/device-trust.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Store } from '../ports/store.ts'
import { epochFloor } from '../update/released-models.ts'

const TIME_FLOOR = 'trust/timeFloor'

/** Nothing is earlier than `builtAt`, the day this program was made. */
export function createTrustMemory(
  store: Store,
  { builtAt, restartCounting }: { readonly builtAt: EpochMs; readonly restartCounting: () => void },
): TrustMemory {
  const timeFloor = (): EpochMs => epochMs(Math.max(builtAt, store.readDocument<number>(TIME_FLOOR) ?? 0))
  const write = (to: EpochMs): void => store.transaction('power', () => store.writeDocument(TIME_FLOOR, to))
  return {
    timeFloor,
    raiseTimeFloor: (to) => to > timeFloor() && write(to),
    directorKeysChanged: () => {
      restartCounting()
      write(builtAt)
    },
    epochFloor: (line) => epochFloor(store, line),
  }
}
