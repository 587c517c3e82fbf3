/** Joins the overrides of gates with what waits for them: in demo trust an approved version is released at once. */
import { randomUUID } from 'node:crypto'
import type { GateOverrides } from '../api/api-ports.ts'
import { decideOverride, requestOverride } from '../gates/override-gate.ts'
import type { HubPorts } from './hub-ports.ts'

export type GatePorts = Pick<HubPorts, 'store' | 'clock' | 'changes'> & {
  readonly releaseRegistered: () => Promise<void>
}

export const createGateOverrides = (ports: GatePorts): GateOverrides => ({
  requestOverride: async (request) => {
    const asked = await requestOverride(ports, { id: randomUUID(), ...request })
    if (asked.ok) ports.changes.announce('models', 'events')
    return asked
  },
  decideOverride: async (decided) => {
    const outcome = await decideOverride(ports, decided)
    if (!outcome.ok) return outcome
    if (outcome.value.state === 'approved') await ports.releaseRegistered()
    ports.changes.announce('models', 'events')
    return outcome
  },
})
