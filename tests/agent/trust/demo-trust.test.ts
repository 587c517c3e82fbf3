import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '@fleetcast/agent/adapters/pino-log.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { signRoot } from '../../trust/keys.ts'
import { address, trustKeys } from '../fixtures/station-fixtures.ts'
import { createHarness, eventually, type Harness, type RunningStation } from '../fixtures/station-harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

describe('demonstration keys', () => {
  const demoOf = async (station: RunningStation): Promise<StatusRecord['demoTrust']> => {
    await eventually(
      () => station.agent.status().generation,
      (generation) => generation > 0,
    )
    return station.agent.status().demoTrust
  }
  test('are told by the status, from the root that says so on', async () => {
    const { world } = harness.hub
    expect(await demoOf(await harness.open())).toBeUndefined()
    world.put('image', '2.root.json', signRoot(trustKeys.image, { version: 2, demo: true }))
    harness.broker.cut(address)
    await eventually(
      () => harness.hub.status()?.demoTrust,
      (isDemo) => isDemo === true,
    )
  })

  test('are warned of at every start', async () => {
    harness.hub.world.put('image', '2.root.json', signRoot(trustKeys.image, { version: 2, demo: true }))
    for (const _ of [1, 2]) {
      const warnings: string[] = []
      const log = { ...silentLog, warn: (__: unknown, message: string) => void warnings.push(message) }
      const station = await harness.open({ ports: (ports) => ({ ...ports, log }) })
      await eventually(
        () => warnings.filter((message) => message.includes('demonstration keys')).length,
        (n) => n === 1,
      )
      station.kill()
    }
  })
})
