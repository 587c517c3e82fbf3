/** Routes of the local API: loopback only, so that nothing but the station's own programs can feed or ask it. */
import * as z from 'zod'
import { parseJson } from '../update/read-bundle.ts'
import { parseReading } from '../readings/reading.ts'
import { answerInfer, InferRequest } from './infer.ts'
import type { LocalAgent } from './local-agent.ts'
import { jsonAnswer, problemAnswer, textAnswer, type LocalAnswer, type LocalRequest } from './local-answer.ts'
import { metricsText } from './metrics-text.ts'

type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly answer: (
    agent: LocalAgent,
    request: LocalRequest,
    name: string,
  ) => Promise<LocalAnswer> | LocalAnswer
}

const ROUTES: readonly Route[] = [
  { method: 'POST', path: /^\/v1\/readings$/, answer: postReading },
  { method: 'GET', path: /^\/v1\/status$/, answer: (agent) => jsonAnswer(200, agent.status()) },
  { method: 'GET', path: /^\/healthz$/, answer: () => jsonAnswer(200, { status: 'ok' }) },
  {
    method: 'GET',
    path: /^\/metrics$/,
    answer: (agent) => textAnswer(metricsText(agent.metrics(), agent.status())),
  },
  {
    method: 'GET',
    path: /^\/v2\/models\/([^/]+)\/ready$/,
    answer: (agent, _, name) => modelReady(agent, name),
  },
  { method: 'POST', path: /^\/v2\/models\/([^/]+)\/infer$/, answer: postInfer },
]

export async function answerLocal(agent: LocalAgent, request: LocalRequest): Promise<LocalAnswer> {
  const known = ROUTES.filter((route) => route.path.test(request.path))
  const route = known.find(({ method }) => method === request.method)
  if (route !== undefined) return await route.answer(agent, request, route.path.exec(request.path)![1] ?? '')
  if (known.length === 0)
    return problemAnswer({
      code: 'local/notFound',
      message: `there is nothing at ${request.path.slice(0, 100)}`,
    })
  const allowed = known.map(({ method }) => method).join(', ')
  return problemAnswer({ code: 'local/methodNotAllowed', message: `${request.path} takes ${allowed}` })
}

async function postReading(agent: LocalAgent, { body }: LocalRequest): Promise<LocalAnswer> {
  const json = parseJson(body, z.unknown())
  const reading = json.ok ? parseReading(json.value) : null
  if (!json.ok || reading === null)
    return problemAnswer({ code: 'reading/malformed', message: 'the body is no JSON document' })
  const result = reading.ok ? await agent.observe(reading.value) : reading
  if (!result.ok) return problemAnswer(result.error)
  const halt = agent.halt()
  return jsonAnswer(200, { forecast: result.value, ...(halt === null ? {} : { withheld: halt }) })
}

function modelReady(agent: LocalAgent, name: string): LocalAnswer {
  if (name !== agent.recipe.name) return unknownModel(agent, name)
  const halt = agent.halt()
  if (halt !== null) return problemAnswer(halt)
  const isReady = agent.status().serving !== null
  if (isReady) return jsonAnswer(200, { name, ready: true })
  return problemAnswer({
    code: 'inference/noModel',
    message: 'the baseline serves; no model is installed yet',
  })
}

async function postInfer(agent: LocalAgent, { body }: LocalRequest, name: string): Promise<LocalAnswer> {
  if (name !== agent.recipe.name) return unknownModel(agent, name)
  const halt = agent.halt()
  if (halt !== null) return problemAnswer(halt)
  const request = parseJson(body, InferRequest)
  if (request.ok) return await answerInfer(agent, request.value)
  return problemAnswer({ code: 'inference/malformed', message: request.error })
}

const unknownModel = (agent: LocalAgent, name: string): LocalAnswer =>
  problemAnswer({
    code: 'inference/unknownModel',
    message: `no model is named ${name.slice(0, 63)}; this station has ${agent.recipe.name}`,
  })
