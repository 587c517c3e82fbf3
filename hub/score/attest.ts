/** Somebody vouches for a test that nothing stored shows, or takes that back. Both are kept for ever; the newest counts. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Clock } from '../ports/clock.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import {
  insertAttestation,
  newestAttestation,
  type AttestationRow,
} from '../store/queries/score-attestations.ts'
import type { Store } from '../store/store.ts'
import type { MlTestId } from './ml-tests.ts'

export type AttestPorts = { readonly store: Store; readonly clock: Pick<Clock, 'now'> }

export type AttestRequest = Pick<AttestationRow, 'recipe' | 'change' | 'reason' | 'by'> & {
  readonly test: MlTestId
}

export type AttestCode = 'recipe/notFound' | 'score/notAttested'

/** May be done again: the newer reason takes the place of the older one. */
export async function attest(
  { store, clock }: AttestPorts,
  request: AttestRequest,
): Promise<Result<AttestationRow, Refusal<AttestCode>>> {
  const { recipe, test, change } = request
  if ((await findRecipe(store, recipe)) === undefined)
    return refuse('recipe/notFound', `no recipe is named ${recipe}; "fleetcast recipes list" shows them`)
  return store.tx(async (db) => {
    const newest = await newestAttestation({ ...store, db }, { recipe, test })
    const isAttested = newest?.change === 'attest'
    if (change === 'withdraw' && !isAttested)
      return refuse(
        'score/notAttested',
        `nobody vouches for ${test} of ${recipe}, so there is nothing to withdraw`,
      )
    return ok(await insertAttestation(db, store, { ...request, at: clock.now() }))
  })
}
