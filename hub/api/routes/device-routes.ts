import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { encodeJoinString } from '@fleetcast/shared/protocol/join-string.ts'
import { pinOf } from '@fleetcast/shared/protocol/trust-file.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import {
  addDevices,
  DEVICES_MAX,
  JOIN_HOURS,
  JOIN_HOURS_MAX,
  type AddOptions,
} from '../../devices/add-devices.ts'
import { revokeDevice } from '../../devices/revoke-device.ts'
import { trustFileBytes } from '../../devices/trust-file.ts'
import { putSite } from '../../store/queries/sites-and-devices.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { DeviceDetail, DeviceResource } from '../resources/device.ts'
import { deviceDetailView } from '../views/device-detail-view.ts'
import { fleetView } from '../views/fleet-view.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const Position = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
})
const NewDevice = z.strictObject({ id: DeviceId, site: SiteId, recipe: z.string().max(63).optional() })
const joinHours = z.int().min(1).max(JOIN_HOURS_MAX).default(JOIN_HOURS)
const JoinAnswer = z.object({ device: z.string(), site: z.string(), joinString: z.string() })
export const BULK_PATH = '/api/v1/devices/bulk'
const idParam = z.object({ id: z.string().max(63) })

export const routes = {
  putSite: defineRoute({
    operationId: 'putSite',
    method: 'put',
    path: '/api/v1/sites/{id}',
    tags: ['devices'],
    summary: 'Add a site or correct its position',
    request: { params: idParam, body: jsonBody(Position) },
    responses: jsonAnswer(z.object({ id: z.string() })),
  }),
  list: defineRoute({
    operationId: 'listDevices',
    method: 'get',
    path: '/api/v1/devices',
    tags: ['devices'],
    summary: 'Every station',
    responses: jsonAnswer(z.array(DeviceResource)),
  }),
  show: defineRoute({
    operationId: 'readDevice',
    method: 'get',
    path: '/api/v1/devices/{id}',
    tags: ['devices'],
    summary: 'One station in detail',
    request: { params: idParam },
    responses: jsonAnswer(DeviceDetail),
  }),
  add: defineRoute({
    operationId: 'addDevice',
    method: 'post',
    path: '/api/v1/devices',
    tags: ['devices'],
    summary: 'Announce a station; answers with its one-time join string',
    request: { body: jsonBody(z.strictObject({ ...NewDevice.shape, joinHours })) },
    responses: jsonAnswer(JoinAnswer),
  }),
  addMany: defineRoute({
    operationId: 'addDevices',
    method: 'post',
    path: BULK_PATH,
    tags: ['devices'],
    summary: 'Announce many stations, all or none; "isCheck" only says whether it would be done',
    request: {
      body: jsonBody(
        z.strictObject({
          devices: z.array(NewDevice).min(1).max(DEVICES_MAX),
          joinHours,
          isCheck: z.boolean().default(false),
        }),
      ),
    },
    responses: jsonAnswer(z.object({ devices: z.array(JoinAnswer) })),
  }),
  revoke: defineRoute({
    operationId: 'revokeDevice',
    method: 'post',
    path: '/api/v1/devices/{id}/revoke',
    tags: ['devices'],
    summary: 'Shut a station out for good; its live session ends at once',
    request: {
      params: idParam,
      body: jsonBody(z.strictObject({ reason: z.string().trim().min(3).max(500) })),
    },
    responses: jsonAnswer(z.object({ device: z.string() })),
  }),
}

export function addDeviceRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store, changes } = ports
  app.openapi(routes.putSite, async (c) => {
    const id = SiteId.safeParse(c.req.valid('param').id)
    const site = orProblem(
      id.success ? ok(id.data) : refuse('site/badId', id.error.issues[0]?.message ?? 'not a site id'),
    )
    await putSite(store, { id: site, ...c.req.valid('json') })
    return c.json({ id: site }, 200)
  })
  app.openapi(routes.list, async (c) => c.json([...(await fleetView(ports))], 200))
  app.openapi(routes.show, async (c) => {
    const { id } = c.req.valid('param')
    const device = (await fleetView(ports)).find((known) => known.id === id)
    const found = orProblem(
      device === undefined ? refuse('device/notFound', `no station is named ${id}`) : ok(device),
    )
    return c.json(await deviceDetailView(ports, found), 200)
  })
  app.openapi(routes.add, async (c) => {
    const { joinHours: validHours, ...device } = c.req.valid('json')
    const [added] = await announce(ports, [device], { joinHours: validHours, isCheck: false })
    return c.json(added!, 200)
  })
  app.openapi(routes.addMany, async (c) => {
    const { devices, ...options } = c.req.valid('json')
    return c.json({ devices: await announce(ports, devices, options) }, 200)
  })
  app.openapi(routes.revoke, async (c) => {
    const id = DeviceId.safeParse(c.req.valid('param').id)
    const device = orProblem(
      id.success ? ok(id.data) : refuse('device/notFound', 'no station has such a name'),
    )
    orProblem(await revokeDevice(ports, device, c.req.valid('json').reason))
    changes.announce('devices', 'events')
    return c.json({ device }, 200)
  })
}

/** Join strings of new devices; each vouches for the trust file as it is now. */
async function announce(
  { store, clock, changes, enrolment, hubUrl }: ApiPorts,
  devices: readonly z.infer<typeof NewDevice>[],
  options: AddOptions,
): Promise<z.infer<typeof JoinAnswer>[]> {
  const pin = pinOf(orProblem(await trustFileBytes(enrolment)))
  const added = orProblem(await addDevices({ store, clock }, devices, options))
  if (!options.isCheck) changes.announce('devices')
  return added.map(({ id, site, secret }) => ({
    device: id,
    site,
    joinString: encodeJoinString({ hub: hubUrl(), device: id, secret, pin }),
  }))
}
