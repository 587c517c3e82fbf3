import { describe, expect, test } from 'vitest'
import { createMemoryBroker } from '@fleetcast/agent/adapters/memory-transport.ts'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { createNetworkSwitch } from '../../firmware-sim/fleet/network-switch.ts'

const address = { site: SiteId.parse('harbor'), device: DeviceId.parse('harbor') }
const ignore = (): void => {}

describe('the network switch', () => {
  test('ends the connection, lets none up while cut, and one again when mended', async () => {
    const network = createNetworkSwitch(createMemoryBroker().transportFor(address))
    const connection = await network.transport.connect(ignore)
    network.setCut(true)
    await connection.closed
    await expect(connection.publish('telemetry', 'x', 1)).rejects.toThrow()
    await expect(network.transport.connect(ignore)).rejects.toThrow('the network is cut')
    network.setCut(false)
    await (await network.transport.connect(ignore)).publish('telemetry', 'x', 1)
  })
  test('a connection that comes up while the cable is being cut does not live', async () => {
    const network = createNetworkSwitch(createMemoryBroker().transportFor(address))
    const connecting = network.transport.connect(ignore)
    network.setCut(true)
    expect(await (await connecting).closed).toBeTruthy()
  })
})
