import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

const port = z.coerce.number().int().min(0).max(65_535)

/** Flags of `fleetcast demo`, checked once. */
export const DemoOptions = z.strictObject({
  data: z.string().optional(),
  sites: z.string().optional(),
  state: z.string().min(1),
  fresh: z.boolean(),
  headless: z.boolean(),
  summary: z.string().optional(),
  /** Event hours a second while the story runs; the fleet goes on at `gentleSpeed` afterwards. */
  speed: z.coerce.number().positive().max(5_000),
  gentleSpeed: z.coerce.number().positive().max(5_000),
  port,
  mqttPort: port,
  seed: z.coerce.number().int().min(0).max(4_294_967_295),
  recipe: z.string(),
})
export type DemoOptions = z.infer<typeof DemoOptions>

export function parseDemoOptions(flags: unknown): Result<DemoOptions, Refusal<'demo/badOption'>> {
  const parsed = DemoOptions.safeParse(flags)
  if (parsed.success) return ok(parsed.data)
  const [issue] = parsed.error.issues
  return refuse('demo/badOption', `--${issue?.path.join('.')}: ${issue?.message}`)
}
