/** How production-ready a recipe's models are: the ML Test Score, from what is stored and what somebody vouches for. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { attest } from '../../score/attest.ts'
import { judgeScore } from '../../score/judge-score.ts'
import { readScoreEvidence } from '../../score/read-score-evidence.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { AttestationRequest, AttestationResource, ScoreResource } from '../resources/score.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const nameParam = z.object({ name: z.string().max(63) })

export const routes = {
  show: defineRoute({
    operationId: 'readScore',
    method: 'get',
    path: '/api/v1/recipes/{name}/score',
    tags: ['recipes'],
    summary: 'The ML Test Score of a recipe, with the evidence of each of the 28 tests',
    request: { params: nameParam },
    responses: jsonAnswer(ScoreResource),
  }),
  attest: defineRoute({
    operationId: 'attestScore',
    method: 'post',
    path: '/api/v1/recipes/{name}/score/attestations',
    tags: ['recipes'],
    summary: 'Vouch for a test of the score, which gives half a point, or take that back',
    request: { params: nameParam, body: jsonBody(AttestationRequest) },
    responses: jsonAnswer(AttestationResource),
  }),
}

export function addScoreRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.show, async (c) => {
    const evidence = orProblem(await readScoreEvidence(ports.store, c.req.valid('param').name))
    return c.json(judgeScore(evidence), 200)
  })
  app.openapi(routes.attest, async (c) => {
    const request = {
      ...{ ...c.req.valid('json'), recipe: c.req.valid('param').name },
      by: actorOf(c).user,
    }
    const row = orProblem(await attest(ports, request))
    ports.changes.announce('recipes')
    return c.json(row, 200)
  })
}
