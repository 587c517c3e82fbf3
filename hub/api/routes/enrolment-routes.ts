/** What devices themselves ask, without a user: the trust file, their first certificate and every one after it. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { EnrolAnswer, EnrolRequest, RenewAnswer, RenewRequest } from '@fleetcast/shared/protocol/enrolment.ts'
import { TrustFile } from '@fleetcast/shared/protocol/trust-file.ts'
import { enrolDevice } from '../../devices/enrol-device.ts'
import { renewCertificate } from '../../devices/renew-certificate.ts'
import { trustFileBytes } from '../../devices/trust-file.ts'
import { appendEvents } from '../../store/queries/events.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { jsonAnswer, jsonBody } from './route-parts.ts'

const routes = {
  trust: createRoute({
    method: 'get',
    path: '/api/v1/trust',
    tags: ['enrolment'],
    summary: 'The trust file; a join string pins the SHA-256 of these very bytes',
    responses: jsonAnswer(TrustFile),
  }),
  enrol: createRoute({
    method: 'post',
    path: '/api/v1/enrol',
    tags: ['enrolment'],
    summary: 'Trade a join secret and a certificate request for a certificate',
    request: { body: jsonBody(EnrolRequest) },
    responses: jsonAnswer(EnrolAnswer),
  }),
  renew: createRoute({
    method: 'post',
    path: '/api/v1/renew',
    tags: ['enrolment'],
    summary: 'A new certificate for the key on record, also after the last one has expired',
    request: { body: jsonBody(RenewRequest) },
    responses: jsonAnswer(RenewAnswer),
  }),
}

export function addEnrolmentRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store, clock, changes, enrolment } = ports
  app.openapi(routes.trust, async () => {
    const bytes = orProblem(await trustFileBytes(enrolment))
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': 'application/json' },
    }) as never
  })
  app.openapi(routes.enrol, async (c) => {
    const { answer, isRepeated } = orProblem(await enrolDevice(enrolment, c.req.valid('json')))
    if (!isRepeated)
      await appendEvents(store.db, store, [
        {
          at: clock.now(),
          eventTime: null,
          source: 'device',
          subject: answer.device,
          code: 'device/enrolled',
          severity: 'info',
          message: `${answer.device} enrolled at site ${answer.site}`,
        },
      ])
    changes.announce('devices', 'events')
    return c.json(answer, 200)
  })
  app.openapi(routes.renew, async (c) =>
    c.json(orProblem(await renewCertificate(enrolment, c.req.valid('json'))), 200),
  )
}
