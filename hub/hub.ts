/** Joins the hub's stages: each gets the next one as a function and never knows who follows. */
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms, seconds } from '@fleetcast/shared/units.ts'
import { createAccessLimits } from './access/access-ports.ts'
import type { ApiPorts } from './api/api-ports.ts'
import type { HubConfig } from './config/config.ts'
import { publicUrlOf } from './config/public-url.ts'
import { createIngest } from './wiring/connect-ingest.ts'
import { createTraining } from './wiring/connect-training.ts'
import { retrainingLoop } from './monitoring/retraining-loop.ts'
import { cleanUp, createRegistry } from './wiring/connect-registry.ts'
import { createGateOverrides } from './wiring/connect-gates.ts'
import { createRollouts } from './wiring/connect-rollouts.ts'
import { importFromFleet } from './wiring/import-from-fleet.ts'
import { createTrustOperations } from './wiring/connect-trust.ts'
import { publishAllOrders } from './desired/order-devices.ts'
import type { HubPorts } from './wiring/hub-ports.ts'
import { readLock } from './registry/read-lock.ts'
import { readReferenceProfile } from './registry/read-reference-profile.ts'
import { addShippedRecipes } from './recipes/apply-recipe.ts'
import { openTrust } from './signing/trust.ts'
import { forgetConnections } from './store/queries/sites-and-devices.ts'

export type Hub = {
  readonly apiPorts: ApiPorts
  readonly mqttPort: number
  readonly stop: () => Promise<void>
}

/** It reads a month of evidence, and changes by the day. */
const RETRAINING_LOOK_EVERY = seconds(60)

export async function createHub(ports: HubPorts): Promise<Result<Hub, Refusal>> {
  const { store, clock, log, changes, config } = ports
  const trust = await openTrust({ files: ports.trustFiles, clock })
  const trusting = { ...ports, trust }
  await addShippedRecipes(ports, ports.recipes)
  await forgetConnections(store)
  await cleanUp(ports)
  const stopping = new AbortController()
  const ingest = await createIngest(trusting, stopping.signal)
  if (!ingest.ok) return ingest
  const { broker } = ingest.value
  await publishAllOrders(store, broker.publishWant)
  const rollouts = createRollouts(trusting, broker.publishWant)
  const { publishWant } = broker
  const connected = createTrustOperations({ ...trusting, publishWant, operateRollout: rollouts.operate })
  const training = createTraining({ ...ports, registered: connected.releaseRegistered })
  const loops = [
    ...ingest.value.loops,
    training.loop(stopping.signal),
    rollouts.loop(ms(config.planEveryMs), stopping.signal),
    connected.loop(stopping.signal),
    retrainingLoop(ports, RETRAINING_LOOK_EVERY, stopping.signal),
  ]
  const enrolment = {
    store,
    clock,
    authority: ports.authority,
    trustRoots: connected.operations.trustRoots,
    mqttUrl: () => config.broker ?? mqttUrlOf(config, broker.port),
  }
  const apiPorts: ApiPorts = {
    store,
    clock,
    log,
    changes,
    config,
    enrolment,
    access: { store, clock, limits: createAccessLimits() },
    trust: connected.operations,
    hubUrl: () => publicUrlOf(config),
    startedAt: clock.now(),
    isConnected: broker.isConnected,
    disconnect: broker.disconnect,
    eventLoopP99Ms: ports.eventLoopP99Ms,
    rssMb: ports.rssMb,
    imports: training.imports,
    importFromFleet: (input) => importFromFleet({ store, clock, imports: training.imports }, input),
    startRun: training.startRun,
    ...createRegistry(ports, connected.operations),
    gates: createGateOverrides({ ...ports, releaseRegistered: connected.releaseRegistered }),
    startCheck: training.startCheck,
    startComparison: training.startComparison,
    importModel: training.importModel,
    reproduceRun: training.reproduceRun,
    cancelRun: training.cancelRun,
    trainLock: (version) => readLock(ports, version),
    createRollout: async (recipe, version) => {
      await connected.releaseRegistered() // demo trust: a version that was registered this very moment
      return rollouts.create(recipe, version)
    },
    operateRollout: rollouts.operate,
    referenceProfile: (digest) => readReferenceProfile(ports, digest),
  }
  return ok({
    apiPorts,
    mqttPort: broker.port,
    stop: async () => {
      stopping.abort()
      await broker.close()
      await ingest.value.drain()
      await Promise.all(loops)
    },
  })
}

/** By the first name that devices are told; an IPv6 address in brackets. */
function mqttUrlOf({ hostNames, host }: HubConfig, port: number): string {
  const name = hostNames[0] ?? host
  return `mqtts://${name.includes(':') ? `[${name}]` : name}:${port}`
}
