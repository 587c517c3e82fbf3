/** How the API refuses (RFC 9457). */
import * as z from 'zod'

export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  at: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>
