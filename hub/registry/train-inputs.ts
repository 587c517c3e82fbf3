/** Puts together what decides a training run's outcome, before it starts. Pure. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { Sha256 } from '@fleetcast/shared/ids.ts'
import { QUALITY_RULES } from '@fleetcast/shared/quality/quality-control.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { DatasetReport } from '../datasets/dataset-report.ts'
import { embargoSeconds, splitSpec } from '../evaluation/split-rows.ts'
import type { CodeIdentity } from '../ports/code-identity.ts'
import { recipeDigest } from '../recipes/apply-recipe.ts'
import type { RunSelection } from '../runs/run-selection.ts'
import type { Determinism, SitePosition, TrainInputs } from './train-lock.ts'

export type TrainInputsInput = {
  readonly recipe: Recipe
  readonly dataset: { readonly digest: string; readonly report: DatasetReport }
  readonly selection: RunSelection
  /** Every site that is known; those the dataset does not name or the run does not select are left out. */
  readonly sites: readonly SitePosition[]
  readonly identity: CodeIdentity
}

export function trainInputs({ recipe, dataset, selection, sites, identity }: TrainInputsInput): TrainInputs {
  const { digest, report } = dataset
  return {
    stage: 'train',
    codeDigest: identity.codeDigest,
    recipe: { name: recipe.name, digest: recipeDigest(recipe), parameters: trainingParameters(recipe) },
    deps: [
      {
        name: 'observations',
        digest: Sha256.parse(digest),
        rows: report.rows,
        timeRange: { from: iso(report.from), until: iso(report.until) },
        perStationRows: Object.fromEntries(report.coverage.map(({ station, rows }) => [station, rows])),
      },
    ],
    selection: { ...selection, asOf: report.asOf === null ? null : iso(report.asOf) },
    sites: selectedSites(report, selection, sites),
    seeds: { training: recipe.training.seed },
    environment: identity.environment,
    split: { embargoSeconds: embargoSeconds(recipe), ...splitSpec(recipe) },
    featureSpec: featureSpecDigest(recipe),
    qualityRules: QUALITY_RULES,
    determinism: determinismOf(recipe, identity),
  }
}

const iso = (at: number): string => new Date(at).toISOString()

/** Everything but the title and what happens after training. */
function trainingParameters(recipe: Recipe): Record<string, unknown> {
  const { schema: _schema, name: _name, title: _title, rollout: _rollout, ...parameters } = recipe
  return parameters
}

function selectedSites(
  { coverage }: DatasetReport,
  { stations }: RunSelection,
  sites: readonly SitePosition[],
): SitePosition[] {
  const named = new Set(coverage.map(({ station }) => station))
  return sites
    .filter(({ id }) => named.has(id) && (stations === null || stations.includes(id)))
    .map(({ id, latitude, longitude }) => ({ id, latitude, longitude }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Of what is declared between readings and a row of the matrix. */
const featureSpecDigest = (recipe: Recipe): Sha256 => {
  const { channels, siteChannels, cadenceMinutes, windowSteps, features, target } = recipe
  return sha256(canonicalJson({ channels, siteChannels, cadenceMinutes, windowSteps, features, target }))
}

/** A budget of CPU seconds ends a search where the machine happens to be; the native backend has threads of its own. */
const determinismOf = (recipe: Recipe, { environment }: CodeIdentity): Determinism =>
  recipe.training.search?.cpuSecondsMax !== undefined || environment.backend === 'tensorflow'
    ? 'tolerance'
    : 'bitwise'
