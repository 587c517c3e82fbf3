/** Joins the hub's stages: each gets the next one as a function and never knows who follows. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { ApiPorts } from './api/api-ports.ts'
import { createIngest } from './wiring/connect-ingest.ts'
import { createTraining } from './wiring/connect-training.ts'
import { createRollouts } from './wiring/connect-rollouts.ts'
import { createTrustOperations } from './wiring/connect-trust.ts'
import { publishAllOrders } from './desired/order-devices.ts'
import type { HubPorts } from './wiring/hub-ports.ts'
import { readReferenceProfile } from './registry/read-reference-profile.ts'
import { openTrust } from './signing/trust.ts'
import { putRecipe } from './store/queries/recipes-and-datasets.ts'
import { forgetConnections } from './store/queries/sites-and-devices.ts'

export type Hub = {
  readonly apiPorts: ApiPorts
  readonly mqttPort: number
  readonly stop: () => Promise<void>
}

export async function createHub(ports: HubPorts): Promise<Result<Hub, Refusal>> {
  const { store, clock, log, changes, config } = ports
  const trust = await openTrust({ files: ports.trustFiles, clock })
  const trusting = { ...ports, trust }
  for (const recipe of ports.recipes)
    await putRecipe(store, {
      name: recipe.name,
      digest: sha256(canonicalJson(recipe)),
      body: recipe,
      createdAt: clock.now(),
    })
  await forgetConnections(store)
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
  ]
  const defaultRecipe = ports.recipes[0]?.name ?? ''
  const enrolment = {
    store,
    clock,
    mqttUrl: () => `mqtt://127.0.0.1:${broker.port}`,
    publicKey: '',
    recipe: defaultRecipe,
  }
  const apiPorts: ApiPorts = {
    store,
    clock,
    log,
    changes,
    config,
    enrolment,
    trust: connected.operations,
    hubUrl: () => `http://${config.host}:${config.httpPort}`,
    startedAt: clock.now(),
    isConnected: broker.isConnected,
    eventLoopP99Ms: ports.eventLoopP99Ms,
    rssMb: ports.rssMb,
    importDataset: training.importDataset,
    startRun: training.startRun,
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
