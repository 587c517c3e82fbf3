/**
 * What shows the tests of data. Tests 2, 5, 6 and 7 are for people. The parity gate does not show the seventh: trainer and station
 * compute features by the same graph, so a wrong feature is equally wrong in both.
 */
import { passedGate } from './gate-proof.ts'
import type { ScoreEvidence } from './score-evidence.ts'

export const DATA_PROOFS = {
  data1: ({ recipe, version }: ScoreEvidence): string | null => {
    const gate = passedGate(version, 'data')
    return gate === null ? null : `${recipe.channels.length} channels with limits; ${gate}`
  },
  data3: ({ version }: ScoreEvidence): string | null => passedGate(version, 'latency'),
  data4: ({ version }: ScoreEvidence): string | null => passedGate(version, 'leakage'),
}
