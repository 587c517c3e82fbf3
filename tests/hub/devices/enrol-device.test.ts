import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import {
  addDevice,
  authenticateDevice,
  enrolDevice,
  type EnrolPorts,
} from '../../../hub/devices/enrol-device.ts'
import { putRecipe } from '../../../hub/store/queries/recipes-and-datasets.ts'
import { findDevice, putSite } from '../../../hub/store/queries/sites-and-devices.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'

const recipeFile = fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url))
const recipe = Recipe.parse(parse(readFileSync(recipeFile, 'utf8')))
const sea = { id: DeviceId.parse('sea-1'), site: SiteId.parse('sea') }

let temporary: TemporaryStore
let ports: EnrolPorts

beforeEach(async () => {
  temporary = await temporaryStore()
  const { store } = temporary
  ports = {
    store,
    clock: systemClock,
    mqttUrl: () => 'mqtt://127.0.0.1:1883',
    publicKey: 'a public key',
    recipe: recipe.name,
  }
  await putSite(store, { id: 'sea', latitude: 47.45, longitude: -122.31 })
  await putRecipe(store, { name: recipe.name, digest: 'd', body: recipe, createdAt: 0 })
})
afterEach(() => temporary.remove())

const secretOf = async (): Promise<string> => {
  const added = await addDevice(ports, sea)
  if (!added.ok) throw new Error(added.error.message)
  return added.value.secret
}

describe('enrolment', () => {
  test('trades a join secret for a password that the broker accepts', async () => {
    const granted = await enrolDevice(ports, { device: sea.id, secret: await secretOf() })
    expect(granted).toMatchObject({
      ok: true,
      value: { device: 'sea-1', site: 'sea', latitude: 47.45, trustedKeys: [ports.publicKey] },
    })
    if (!granted.ok) return
    const { password } = granted.value
    expect(await authenticateDevice(ports, { device: 'sea-1', password })).toEqual({
      ok: true,
      value: { device: 'sea-1', site: 'sea' },
    })
  })
  test('works once', async () => {
    const secret = await secretOf()
    await enrolDevice(ports, { device: sea.id, secret })
    expect(await enrolDevice(ports, { device: sea.id, secret })).toMatchObject({
      ok: false,
      error: { code: 'enrolment/refused' },
    })
  })
  test('answers an unknown device and a wrong secret alike', async () => {
    await secretOf()
    const wrong = await enrolDevice(ports, { device: sea.id, secret: 'x'.repeat(43) })
    const unknown = await enrolDevice(ports, { device: DeviceId.parse('nobody'), secret: 'x'.repeat(43) })
    expect(wrong).toMatchObject({ ok: false, error: { code: 'enrolment/refused' } })
    expect(unknown).toEqual(wrong)
  })
  test('keeps neither secret nor password in the store', async () => {
    const secret = await secretOf()
    const granted = await enrolDevice(ports, { device: sea.id, secret })
    const row = JSON.stringify(await findDevice(temporary.store, sea.id))
    expect(row).not.toContain(secret)
    expect(granted.ok && row.includes(granted.value.password)).toBe(false)
  })
  test('a wrong password, an unknown device and a device that never enrolled are refused alike', async () => {
    await secretOf()
    for (const device of ['sea-1', 'nobody', '_hub', 'SEA'])
      expect(await authenticateDevice(ports, { device, password: 'x'.repeat(43) })).toMatchObject({
        ok: false,
        error: { code: 'mqtt/notAuthenticated' },
      })
  })
  test('a device is announced at a known site only, and again only until it has enrolled', async () => {
    expect(await addDevice(ports, { id: sea.id, site: SiteId.parse('moon') })).toMatchObject({
      ok: false,
      error: { code: 'device/unknownSite' },
    })
    const first = await secretOf()
    const second = await secretOf()
    expect(second).not.toBe(first)
    await enrolDevice(ports, { device: sea.id, secret: second })
    expect(await addDevice(ports, sea)).toMatchObject({ ok: false, error: { code: 'device/exists' } })
  })
})
