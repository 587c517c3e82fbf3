/** Joins the hub's stages: each gets the next one as a function and never knows who follows. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { ApiPorts } from './api/api-ports.ts'
import { createIngest } from './wiring/connect-ingest.ts'
import { createTraining } from './wiring/connect-training.ts'
import { createRollouts } from './wiring/connect-rollouts.ts'
import { publishAllOrders } from './desired/order-devices.ts'
import type { HubPorts } from './wiring/hub-ports.ts'
import { readReferenceProfile } from './registry/read-reference-profile.ts'
import { putRecipe } from './store/queries/recipes-and-datasets.ts'
import { forgetConnections } from './store/queries/sites-and-devices.ts'

export type Hub = {
  readonly apiPorts: ApiPorts
  readonly mqttPort: number
  readonly stop: () => Promise<void>
}

export async function createHub(ports: HubPorts): Promise<Result<Hub, Refusal>> {
  const { store, clock, log, changes, signer, config } = ports
  for (const recipe of ports.recipes)
    await putRecipe(store, {
      name: recipe.name,
      digest: sha256(canonicalJson(recipe)),
      body: recipe,
      createdAt: clock.now(),
    })
  await forgetConnections(store)
  const stopping = new AbortController()
  const ingest = await createIngest(ports, stopping.signal)
  if (!ingest.ok) return ingest
  const { broker } = ingest.value
  await publishAllOrders(store, broker.publishWant)
  const training = createTraining(ports)
  const rollouts = createRollouts(ports, broker.publishWant)
  const loops = [
    ...ingest.value.loops,
    training.loop(stopping.signal),
    rollouts.loop(ms(config.planEveryMs), stopping.signal),
  ]
  const defaultRecipe = ports.recipes[0]?.name ?? ''
  const enrolment = {
    store,
    clock,
    mqttUrl: () => `mqtt://127.0.0.1:${broker.port}`,
    publicKey: signer.publicKey,
    recipe: defaultRecipe,
  }
  const apiPorts: ApiPorts = {
    store,
    clock,
    log,
    changes,
    config,
    enrolment,
    hubUrl: () => `http://${config.host}:${config.httpPort}`,
    startedAt: clock.now(),
    isConnected: broker.isConnected,
    eventLoopP99Ms: ports.eventLoopP99Ms,
    rssMb: ports.rssMb,
    imports: training.imports,
    startRun: training.startRun,
    createRollout: rollouts.create,
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
