/** Two kinds of request come on `up/request`; only those for metadata name a repository. */
import { CONTROL_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'

type Take = (from: DeviceAddress, payload: Uint8Array) => void

/** Hands each request to its server, which checks and refuses it. */
export const routeRequests =
  ({ blocks, metadata }: { readonly blocks: Take; readonly metadata: Take }): Take =>
  (from, payload) =>
    (namesRepository(payload) ? metadata : blocks)(from, payload)

function namesRepository(payload: Uint8Array): boolean {
  if (payload.length > CONTROL_BYTES_MAX) return false
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload))
    return typeof value === 'object' && value !== null && 'repository' in value
  } catch {
    return false // the block server says what is wrong with it
  }
}
