import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { streamSSE } from 'hono/streaming'
import { seconds } from '@fleetcast/shared/units.ts'
import type { ChangeTopic } from '../../ports/changes.ts'
import { listEvents } from '../../store/queries/events.ts'
import type { ApiPorts } from '../api-ports.ts'
import { EventResource, Overview } from '../resources/overview.ts'
import { eventView, overviewView } from '../views/overview-view.ts'
import { Summary, summaryView } from '../views/summary-view.ts'
import { defineRoute, jsonAnswer } from './route-parts.ts'

const eventQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

export const routes = {
  overview: defineRoute({
    operationId: 'readOverview',
    method: 'get',
    path: '/api/v1/overview',
    tags: ['overview'],
    summary: 'Everything the first page needs',
    responses: jsonAnswer(Overview),
  }),
  summary: defineRoute({
    operationId: 'readSummary',
    method: 'get',
    path: '/api/v1/summary',
    tags: ['overview'],
    summary: 'Dataset, models, devices and rollouts in figures',
    responses: jsonAnswer(Summary),
  }),
  events: defineRoute({
    operationId: 'listEvents',
    method: 'get',
    path: '/api/v1/events',
    tags: ['overview'],
    summary: 'What happened, newest first',
    request: { query: eventQuery },
    responses: jsonAnswer(z.array(EventResource)),
  }),
  stream: defineRoute({
    operationId: 'followChanges',
    method: 'get',
    path: '/api/v1/stream',
    tags: ['overview'],
    summary: 'Says what has changed (server-sent events), never the data',
    responses: {
      200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    },
  }),
}

const KEEP_ALIVE = seconds(15)

export function addOverviewRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.overview, async (c) => c.json(await overviewView(ports), 200))
  app.openapi(routes.summary, async (c) => c.json(await summaryView(ports), 200))
  app.openapi(routes.events, async (c) => {
    const { after, limit } = c.req.valid('query')
    return c.json((await listEvents(ports.store, after, limit)).map(eventView), 200)
  })
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.openapi(routes.stream, (c) =>
    streamSSE(c, async (stream) => {
      const waiting = new Set<ChangeTopic>()
      let wake = new AbortController()
      const unsubscribe = ports.changes.subscribe((topics) => {
        for (const topic of topics) waiting.add(topic)
        wake.abort()
      })
      stream.onAbort(() => wake.abort())
      try {
        while (!stream.aborted) {
          if (waiting.size === 0) await ports.clock.sleep(KEEP_ALIVE, wake.signal)
          if (stream.aborted || !(await c.get('isStillAllowed')())) break
          wake = new AbortController()
          const topics = [...waiting]
          waiting.clear()
          if (!stream.aborted)
            await stream.writeSSE({
              event: topics.length > 0 ? 'changed' : 'alive',
              data: JSON.stringify({ topics }),
            })
        }
      } finally {
        unsubscribe()
      }
    }),
  )
}
