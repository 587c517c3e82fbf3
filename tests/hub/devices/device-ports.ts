/** A real store with a site and a recipe, a real authority, a clock that can be set, and requests of real keys. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { deviceKeys } from '@fleetcast/agent/adapters/device-keys.ts'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import type { EnrolPorts } from '../../../hub/devices/enrol-device.ts'
import { putRecipe } from '../../../hub/store/queries/recipes-and-datasets.ts'
import { putSite } from '../../../hub/store/queries/sites-and-devices.ts'
import { temporaryStore } from '../temporary-store.ts'
import { createFleetAuthority } from './fleet-authority.ts'

const recipeFile = fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url))

export const sea = { id: DeviceId.parse('sea-1'), site: SiteId.parse('sea') }
export const START = Date.UTC(2026, 4, 1, 12)

export async function createDevicePorts() {
  const temporary = await temporaryStore()
  const { store } = temporary
  const recipe = Recipe.parse(parse(readFileSync(recipeFile, 'utf8')))
  await putSite(store, { id: 'sea', latitude: 47.45, longitude: -122.31 })
  await putRecipe(store, { name: recipe.name, digest: 'd', body: recipe, createdAt: 0 })
  const time = { now: START }
  const ports: EnrolPorts = {
    store,
    clock: { ...systemClock, now: () => epochMs(time.now) },
    authority: await createFleetAuthority(),
    trustRoots: async () => ({ directorRoot: '{"a":1}', imageRoot: '{"b":2}' }),
    mqttUrl: () => 'mqtts://127.0.0.1:8883',
  }
  return { temporary, ports, time }
}

export type Requester = { readonly privateKey: string; readonly csr: string }

/** A new key and its certificate request. */
export async function newRequest(device = sea.id): Promise<Requester> {
  const privateKey = deviceKeys.create()
  return { privateKey, csr: await deviceKeys.request(device, privateKey) }
}
