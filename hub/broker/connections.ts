/** Which connection belongs to which device. */
import type { Aedes, Client } from 'aedes'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { BrokerPorts } from './broker-ports.ts'

export type Connections = {
  /** Remembers who a client has proved to be. */
  readonly know: (client: Client, address: DeviceAddress) => void
  readonly addressOf: (client: Client | null) => DeviceAddress | undefined
  readonly clientOf: (device: string) => Client | undefined
  readonly count: () => number
  readonly follow: (aedes: Aedes) => void
}

export function createConnections({ connection, log }: Pick<BrokerPorts, 'connection' | 'log'>): Connections {
  const addressByClient = new WeakMap<Client, DeviceAddress>()
  const clientByDevice = new Map<string, Client>()
  return {
    know: (client, address) => void addressByClient.set(client, address),
    addressOf: (client) => (client === null ? undefined : addressByClient.get(client)),
    clientOf: (device) => clientByDevice.get(device),
    count: () => clientByDevice.size,
    follow: (aedes) => {
      aedes.on('clientReady', (client) => {
        const address = addressByClient.get(client)
        if (address === undefined || client.closed) return
        clientByDevice.set(address.device, client)
        connection(address, true)
      })
      aedes.on('clientDisconnect', (client) => {
        const address = addressByClient.get(client)
        // A second connection of the same device takes over, once its certificate was accepted; then the first one's end
        // says nothing about the device.
        if (address === undefined || clientByDevice.get(address.device) !== client) return
        clientByDevice.delete(address.device)
        connection(address, false)
      })
      for (const event of ['clientError', 'connectionError'] as const)
        aedes.on(event, (client, error) =>
          log.info({ client: client.id, reason: error.message }, 'a connection ended with an error'),
        )
    },
  }
}
