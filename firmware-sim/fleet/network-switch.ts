/** A cable that can be cut: the station goes on, its connection ends and no new one comes up until it is mended. */
import type { Connection, Transport } from '@fleetcast/agent/ports/transport.ts'
import type { NetworkSwitch } from './fleet-ports.ts'

export function createNetworkSwitch(transport: Transport): NetworkSwitch & { readonly transport: Transport } {
  let isCut = false
  let current: Connection | null = null
  const close = (): void => {
    // A connection that is gone already has nothing left to close.
    current?.close().catch(() => undefined)
    current = null
  }
  return {
    setCut: (cut) => {
      if (cut && !isCut) close()
      isCut = cut
    },
    transport: {
      connect: async (onDown) => {
        if (isCut) throw new Error('the network is cut')
        const connection = await transport.connect(onDown)
        current = connection
        if (isCut) close()
        return connection
      },
    },
  }
}
