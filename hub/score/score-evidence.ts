/** What is stored about one recipe, as far as the ML Test Score asks for it. Plain data, read by `readScoreEvidence`. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { GateName, GateReport } from '../gates/gate-report.ts'
import type { Reproduction } from '../registry/reproduction.ts'
import type { Rollout } from '../rollouts/rollout.ts'
import type { FeasibilityReport } from '../runs/check/feasibility-report.ts'
import type { Comparison } from '../runs/compare/comparison.ts'
import type { RunReport } from '../runs/run-report.ts'
import type { AliasEntry } from '../store/queries/aliases.ts'
import type { AttestationRow } from '../store/queries/score-attestations.ts'
import type { MlTestId } from './ml-tests.ts'

/** The version that the score speaks of. */
export type VersionEvidence = {
  /** `recipe@version`. */
  readonly name: string
  readonly digest: string
  /** The training run of this hub that made it; null for a model of elsewhere. */
  readonly run: string | null
  readonly isServing: boolean
  readonly report: RunReport
  /** Null for versions of a hub that had no gates. */
  readonly gates: GateReport | null
  /** Failed gates that nobody has overridden. */
  readonly blocking: readonly GateName[]
}

export type ReproductionEvidence = {
  readonly run: string
  /** What was trained again. */
  readonly of: string
  readonly isOfNewest: boolean
  /** True when it ran with the code that made the newest version. */
  readonly isNewestCode: boolean
  readonly verdict: Reproduction['verdict']
  /** Names of what had changed. */
  readonly changed: readonly string[]
}

/** An enrolled station of the recipe's fleet. */
export type StationEvidence = {
  readonly device: string
  readonly site: string
  /** Of the version that the score speaks of. */
  readonly isServing: boolean
  readonly hasInstalled: boolean
  readonly rssMb: number | null
  /** Days with counts of its readings. */
  readonly profileDays: number
  /** Live pairs of the version against persistence on the days that are monitored; null without any. */
  readonly live: { readonly n: number; readonly sumAbs: number; readonly sumAbsReference: number } | null
}

export type AliasMoveEvidence = Pick<
  AliasEntry,
  'name' | 'revision' | 'kind' | 'toDigest' | 'by' | 'reason' | 'request'
> & {
  /** Back to its previous value, by one person or with the approval of a second. */
  readonly isRestore: boolean
}

export type Attestation = Pick<AttestationRow, 'reason' | 'by' | 'at'>

/** Lists are newest first. */
export type ScoreEvidence = {
  readonly recipe: Recipe
  readonly recipeDigest: string
  /** The newest one that a station serves; without any the newest there is. */
  readonly version: VersionEvidence | null
  readonly checks: readonly { readonly run: string; readonly report: FeasibilityReport }[]
  readonly comparisons: readonly { readonly run: string; readonly comparison: Comparison }[]
  readonly reproductions: readonly ReproductionEvidence[]
  readonly rollouts: readonly Rollout[]
  readonly aliasHistory: readonly AliasMoveEvidence[]
  readonly stations: readonly StationEvidence[]
  /** By test; withdrawn ones are left out. */
  readonly attestations: Partial<Record<MlTestId, Attestation>>
}
