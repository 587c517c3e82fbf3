/** The hub's own broker, or somebody else's: the rest of the hub does not know which. */
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { createBroker } from '../broker/broker.ts'
import type { Broker, BrokerPorts } from '../broker/broker-ports.ts'
import { createExternalBroker, type ExternalBrokerPorts } from '../broker/external-broker.ts'
import { authenticateDevice } from '../devices/authenticate-device.ts'
import { createDeviceKeys } from '../devices/device-keys.ts'
import type { HubPorts } from './hub-ports.ts'

/** What both brokers feed. */
export type Feeding = Omit<BrokerPorts, 'authenticate' | 'telemetry'> & Pick<ExternalBrokerPorts, 'telemetry'>

export async function openBroker(
  ports: HubPorts,
  feeding: Feeding,
  signal: AbortSignal,
): Promise<Result<{ readonly broker: Broker; readonly loops: readonly Promise<void>[] }, Refusal>> {
  const { config, authority, externalBroker: link } = ports
  if (link !== null) {
    const { broker, loop } = createExternalBroker({ ...feeding, keys: createDeviceKeys(ports), link })
    return ok({ broker, loops: [loop(signal)] })
  }
  const opened = await createBroker(
    {
      ...feeding,
      telemetry: async (from, payload) => void (await feeding.telemetry(from, payload)),
      authenticate: (peer) => authenticateDevice(ports, peer),
    },
    { host: config.host, port: config.mqttPort, authority },
  )
  return opened.ok ? ok({ broker: opened.value, loops: [] }) : opened
}
