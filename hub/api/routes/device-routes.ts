import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { encodeJoinString, Enrolment, EnrolRequest } from '@fleetcast/shared/protocol/enrolment.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { addDevice, enrolDevice } from '../../devices/enrol-device.ts'
import { appendEvents } from '../../store/queries/events.ts'
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
    request: { body: jsonBody(z.strictObject({ id: DeviceId, site: SiteId })) },
    responses: jsonAnswer(z.object({ device: z.string(), joinString: z.string() })),
  }),
  enrol: defineRoute({
    operationId: 'enrolDevice',
    method: 'post',
    path: '/api/v1/enrol',
    tags: ['devices'],
    summary: 'Trade a join secret for credentials',
    request: { body: jsonBody(EnrolRequest) },
    responses: jsonAnswer(Enrolment),
  }),
}

export function addDeviceRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store, clock, changes, enrolment } = ports
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
    const { id, site } = c.req.valid('json')
    const { secret } = orProblem(await addDevice({ store, clock }, { id, site }))
    changes.announce('devices')
    return c.json(
      { device: id, joinString: encodeJoinString({ hub: ports.hubUrl(), device: id, secret }) },
      200,
    )
  })
  app.openapi(routes.enrol, async (c) => {
    const request = c.req.valid('json')
    const granted = orProblem(await enrolDevice(enrolment, request))
    await appendEvents(store.db, store, [
      {
        at: clock.now(),
        eventTime: null,
        source: 'device',
        subject: request.device,
        code: 'device/enrolled',
        severity: 'info',
        message: `${request.device} enrolled at site ${granted.site}`,
      },
    ])
    changes.announce('devices', 'events')
    return c.json(granted, 200)
  })
}
