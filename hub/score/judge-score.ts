/** Stored evidence -> the ML Test Score. Pure. A point is given for what is stored, half a one for what somebody vouches for. */
import { epochMs, epochMsToUtcDay } from '@fleetcast/shared/units.ts'
import { ML_TEST_IDS, ML_TESTS, SECTION_TITLES, SECTIONS, sectionOf, type MlTestId } from './ml-tests.ts'
import type { ScoreEvidence } from './score-evidence.ts'
import type { ScoredTest, ScoreReport } from './score-report.ts'
import { DATA_PROOFS } from './show-data.ts'
import { INFRA_PROOFS } from './show-infra.ts'
import { MODEL_PROOFS } from './show-model.ts'
import { MONITOR_PROOFS } from './show-monitoring.ts'

/** The sentence that shows a test, or null. */
export type Proof = (evidence: ScoreEvidence) => string | null

/** Tests that are not here can only be vouched for. */
const PROOFS: Partial<Record<MlTestId, Proof>> = {
  ...DATA_PROOFS,
  ...MODEL_PROOFS,
  ...INFRA_PROOFS,
  ...MONITOR_PROOFS,
}

export function judgeScore(evidence: ScoreEvidence): ScoreReport {
  const tests = ML_TEST_IDS.map((id) => judgeTest(evidence, id))
  const sums = SECTIONS.map((section) => ({
    section,
    points: tests.reduce((sum, test) => sum + (test.section === section ? test.points : 0), 0),
  }))
  const score = Math.min(...sums.map(({ points }) => points))
  return {
    recipe: evidence.recipe.name,
    version: evidence.version?.name ?? null,
    isServing: evidence.version?.isServing ?? false,
    score,
    meaning: meaningOf(score),
    sections: sums.map(({ section, points }) => ({
      ...{ section, title: SECTION_TITLES[section], points },
      isLowest: points === score,
    })),
    tests,
  }
}

function judgeTest(evidence: ScoreEvidence, id: MlTestId): ScoredTest {
  const { title, shownBy, earn } = ML_TESTS[id]
  const known = { id, section: sectionOf(id), title }
  const shown = PROOFS[id]?.(evidence) ?? null
  if (shown !== null) return { ...known, points: 1, basis: 'automated', evidence: shown, earn: null }
  const attested = evidence.attestations[id]
  const wanted = shownBy === null ? null : `${earn}; shown by ${shownBy}`
  if (attested !== undefined)
    return {
      ...{ ...known, points: 0.5, basis: 'manual', earn: wanted },
      evidence: `${attested.by} on ${epochMsToUtcDay(epochMs(attested.at))}: ${attested.reason}`,
    }
  const nothing = shownBy === null ? 'nobody has vouched for it' : 'nothing that is stored shows it'
  return { ...known, points: 0, basis: 'none', evidence: nothing, earn: wanted ?? `${earn} (half a point)` }
}

/** After table V of the paper. */
function meaningOf(score: number): string {
  if (score === 0) return 'more research than production'
  if (score <= 1) return 'not untested, but there may be serious holes'
  if (score <= 2) return 'the basics are there; more is worth doing'
  if (score <= 3) return 'reasonably tested; more could be automated'
  return score <= 5 ? 'strongly tested and monitored' : 'exceptionally tested and monitored'
}
