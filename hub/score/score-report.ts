/** The ML Test Score of a recipe with every test, as the API, the dashboard and the command line read it. */
import * as z from 'zod'
import { ML_TEST_IDS, SECTIONS } from './ml-tests.ts'

export const ScoredTest = z.strictObject({
  id: z.enum(ML_TEST_IDS),
  section: z.enum(SECTIONS),
  title: z.string(),
  points: z.union([z.literal(0), z.literal(0.5), z.literal(1)]),
  /** automated: the hub has stored what shows it · manual: somebody vouched for it · none: neither. */
  basis: z.enum(['automated', 'manual', 'none']),
  /** What shows it, or that nothing does. */
  evidence: z.string(),
  /** What to do for more points; null with a whole one. */
  earn: z.string().nullable(),
})
export type ScoredTest = z.infer<typeof ScoredTest>

export const ScoreReport = z.strictObject({
  recipe: z.string(),
  /** The version it speaks of, `recipe@version`; null without any. */
  version: z.string().nullable(),
  isServing: z.boolean(),
  /** The least of the four sums: what is neglected decides. */
  score: z.number(),
  /** What such a score means, in words. */
  meaning: z.string(),
  sections: z.array(
    z.strictObject({
      section: z.enum(SECTIONS),
      title: z.string(),
      points: z.number(),
      /** True for a section whose sum is the score: only here more points raise it. */
      isLowest: z.boolean(),
    }),
  ),
  tests: z.array(ScoredTest),
})
export type ScoreReport = z.infer<typeof ScoreReport>
