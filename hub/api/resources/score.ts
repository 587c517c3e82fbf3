/** The ML Test Score, and what somebody vouched for. */
import * as z from 'zod'
import { ML_TEST_IDS } from '../../score/ml-tests.ts'
import { ScoreReport } from '../../score/score-report.ts'
import { ATTESTATION_CHANGES } from '../../store/tables/score-tables.ts'

export const ScoreResource = ScoreReport
export type ScoreResource = z.infer<typeof ScoreResource>

export const AttestationRequest = z.strictObject({
  test: z.enum(ML_TEST_IDS, 'tests are data1 to data7, model1 to 7, infra1 to 7 and monitor1 to 7'),
  change: z.enum(ATTESTATION_CHANGES),
  reason: z.string().trim().min(3, 'say in a few words what you vouch for').max(400),
})
export type AttestationRequest = z.infer<typeof AttestationRequest>

export const AttestationResource = z.strictObject({
  id: z.number(),
  recipe: z.string(),
  test: z.string(),
  change: z.enum(ATTESTATION_CHANGES),
  reason: z.string(),
  by: z.string(),
  at: z.number(),
})
export type AttestationResource = z.infer<typeof AttestationResource>
