/** What shows the tests of data. Tests 2, 5 and 6 are for people: nothing that is stored measures them. */
import { passedGate } from './gate-proof.ts'
import type { ScoreEvidence } from './score-evidence.ts'

export const DATA_PROOFS = {
  data1: ({ recipe, version }: ScoreEvidence): string | null => {
    const gate = passedGate(version, 'data')
    return gate === null ? null : `${recipe.channels.length} channels with limits; ${gate}`
  },
  data3: ({ version }: ScoreEvidence): string | null => passedGate(version, 'latency'),
  data4: ({ version }: ScoreEvidence): string | null => passedGate(version, 'leakage'),
  data7: ({ version }: ScoreEvidence): string | null => passedGate(version, 'parity'),
}
