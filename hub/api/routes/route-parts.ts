/** The parts every route description repeats. */
import type { z } from '@hono/zod-openapi'
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
