/** The parts every route description repeats. */
import { createRoute, type RouteConfig, type z } from '@hono/zod-openapi'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { Problem } from '../resources/problem.ts'

const problem = {
  description: 'Refused: a code and a sentence that says what to do',
  content: { 'application/problem+json': { schema: Problem } },
}

export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
})

export const jsonAnswer = <T extends z.ZodType>(schema: T) => ({
  200: { description: 'Done', content: { 'application/json': { schema } } },
  default: problem,
})

/** A route with an operation id that the type keeps: hub/api/required-roles.ts demands a role for each. */
export const defineRoute = <
  const Id extends string,
  P extends string,
  R extends Omit<RouteConfig, 'path'> & { path: P },
>(
  route: R & { readonly operationId: Id },
) => createRoute(route)

/** A time that may be left out. */
export const timeOrNull = (text: string | undefined): EpochMs | null =>
  text === undefined ? null : epochMs(Date.parse(text))
