/** A station that is set to stop gives no forecasts after its model was revoked, until another order is in force. */
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { Store } from '../ports/store.ts'

const DOCUMENT = 'trust/halt'

/** The order under which the model was revoked, and why. */
type Halt = { readonly generation: number; readonly reason: string }

/** Call inside the transaction that takes the model out of service. */
export const storeHalt = (store: Store, halt: Halt): void => store.writeDocument(DOCUMENT, halt)

/** Why the station gives no forecasts under the order of this generation; null when it gives them. */
export function haltOf(store: Store, generation: number): Refusal<'trust/revoked'> | null {
  const halt = store.readDocument<Halt>(DOCUMENT)
  if (halt?.generation !== generation) return null
  const message = `the model was revoked (${halt.reason}); this station is set to give no forecasts until another order`
  return { code: 'trust/revoked', message }
}
