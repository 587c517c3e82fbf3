import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { addDevices } from '../../../hub/devices/add-devices.ts'
import { enrolDevice } from '../../../hub/devices/enrol-device.ts'
import { findDevice, listDevices } from '../../../hub/store/queries/sites-and-devices.ts'
import { createDevicePorts, newRequest, sea } from './device-ports.ts'

let { temporary, ports } = {} as Awaited<ReturnType<typeof createDevicePorts>>
beforeEach(async () => ({ temporary, ports } = await createDevicePorts()))
afterEach(() => temporary.remove())

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: DeviceId.parse(`sea-${i + 1}`), site: sea.site }))
const DO = { joinHours: 24, isCheck: false }

describe('many devices at once', () => {
  test('ten thousand get a secret each, all different', async () => {
    const added = await addDevices(ports, many(10_000), DO)
    const secrets = added.ok ? added.value.map(({ secret }) => secret) : []
    expect(new Set(secrets).size).toBe(10_000)
    expect((await listDevices(ports.store)).length).toBe(10_000)
  })
  test.each([
    ['of an unknown site', { id: DeviceId.parse('x'), site: SiteId.parse('moon') }, 'device/unknownSite'],
    ['that is there twice', { id: DeviceId.parse('sea-1'), site: sea.site }, 'device/twice'],
  ])('one %s refuses all, by its place', async (_what, bad, code) => {
    const refused = await addDevices(ports, [...many(700), bad], DO)
    expect(refused).toMatchObject({ ok: false, error: { code, at: '700' } })
    expect(await listDevices(ports.store)).toEqual([])
  })
  test('one that is enrolled already refuses all, and the others keep their secrets', async () => {
    const [first] = (await addDevices(ports, many(1), DO).then((r) => (r.ok ? r.value : []))) as [
      { secret: string },
    ]
    await enrolDevice(ports, { device: sea.id, secret: first.secret, csr: (await newRequest()).csr })
    expect(await addDevices(ports, many(3).reverse(), DO)).toMatchObject({
      ok: false,
      error: { code: 'device/exists', at: '2' },
    })
    expect((await listDevices(ports.store)).length).toBe(1)
  })
  test('a check changes nothing', async () => {
    expect(await addDevices(ports, many(3), { ...DO, isCheck: true })).toEqual({ ok: true, value: [] })
    expect(await findDevice(ports.store, sea.id)).toBeUndefined()
  })
})
