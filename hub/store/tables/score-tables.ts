/** What people vouch for where nothing that is stored shows it. */
import type { Kit } from '../kit.ts'

export const ATTESTATION_CHANGES = ['attest', 'withdraw'] as const

export function scoreTables(k: Kit) {
  /** Append-only: triggers refuse updates and deletions; of a recipe's test the newest row counts. */
  const scoreAttestations = k.table(
    'score_attestations',
    {
      id: k.serial('id'),
      recipe: k.text('recipe').notNull(),
      /** `data6`: see hub/score/ml-tests.ts. */
      test: k.text('test').notNull(),
      change: k.choice('change', ATTESTATION_CHANGES).notNull(),
      reason: k.text('reason').notNull(),
      /** The person, whichever token was used. */
      by: k.text('attested_by').notNull(),
      at: k.epochMs('at').notNull(),
    },
    (t) => [k.index('score_attestations_recipe').on(t.recipe, t.test)],
  )
  return { scoreAttestations }
}
