/** Reads what the store holds about one recipe, as far as its score asks for it. Nothing is measured here. */
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { blockingGates } from '../gates/blocking-gates.ts'
import { GateReport } from '../gates/gate-report.ts'
import { Reproduction } from '../registry/reproduction.ts'
import { runParameters } from '../registry/run-parameters.ts'
import { Rollout } from '../rollouts/rollout.ts'
import { FeasibilityReport } from '../runs/check/feasibility-report.ts'
import { Comparison } from '../runs/compare/comparison.ts'
import { RunReport } from '../runs/run-report.ts'
import { approvedRestores } from '../store/queries/alias-requests.ts'
import { listAliasHistory } from '../store/queries/aliases.ts'
import { listOverrides } from '../store/queries/gate-overrides.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { listRolloutsOfRecipe } from '../store/queries/rollouts.ts'
import {
  findRun,
  listStudies,
  listVersions,
  type RunRow,
  type VersionRow,
} from '../store/queries/runs-and-versions.ts'
import { listAttestations } from '../store/queries/score-attestations.ts'
import { listEnrolled, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import { ML_TEST_IDS } from './ml-tests.ts'
import { readStations } from './read-stations.ts'
import type {
  AliasMoveEvidence,
  ReproductionEvidence,
  ScoreEvidence,
  VersionEvidence,
} from './score-evidence.ts'

export async function readScoreEvidence(
  store: Store,
  name: string,
): Promise<Result<ScoreEvidence, Refusal<'recipe/notFound'>>> {
  const row = await findRecipe(store, name)
  if (row === undefined)
    return refuse('recipe/notFound', `no recipe is named ${name}; "fleetcast recipes list" shows them`)
  const recipe = Recipe.parse(row.body)
  const devices = (await listEnrolled(store, name)).filter(({ revokedAt }) => revokedAt === null)
  const versions = (await listVersions(store)).filter((version) => version.recipe === name)
  const serving = newestServing(versions, devices)
  const chosen = serving ?? versions.at(-1) ?? null
  const studies = await listStudies(store, { recipe: name, kinds: ['check', 'compare', 'reproduce'] })
  const ofKind = (kind: string): readonly RunRow[] => studies.filter((run) => run.kind === kind)
  return ok({
    recipe,
    recipeDigest: row.digest,
    version: chosen === null ? null : await versionEvidence(store, chosen, chosen === serving),
    checks: ofKind('check').flatMap(({ id, result }) => {
      const report = FeasibilityReport.safeParse(result)
      return report.success ? [{ run: id, report: report.data }] : []
    }),
    comparisons: ofKind('compare').flatMap(({ id, result }) => {
      const comparison = Comparison.safeParse(result)
      return comparison.success ? [{ run: id, comparison: comparison.data }] : []
    }),
    reproductions: await reproductions(store, versions, ofKind('reproduce')),
    rollouts: (await listRolloutsOfRecipe(store, name)).map(({ body }) => Rollout.parse(body)),
    aliasHistory: await aliasMoves(store, name),
    stations: await readStations(store, { recipe, devices, digest: chosen?.digest ?? null }),
    attestations: await attestations(store, name),
  })
}

function newestServing(versions: readonly VersionRow[], devices: readonly DeviceRow[]): VersionRow | null {
  const served = new Set(devices.map(({ status }) => status?.serving ?? null))
  return (
    versions.findLast(({ digest }) => served.has(digest as NonNullable<DeviceRow['status']>['serving'])) ??
    null
  )
}

async function versionEvidence(
  store: Store,
  version: VersionRow,
  isServing: boolean,
): Promise<VersionEvidence> {
  const run = await findRun(store, version.run)
  return {
    name: `${version.recipe}@${version.version}`,
    digest: version.digest,
    run: run?.kind === 'train' ? run.id : null,
    isServing,
    report: RunReport.parse(version.report),
    gates: version.gates === null ? null : GateReport.parse(version.gates),
    blocking: blockingGates(version, await listOverrides(store)),
  }
}

/** Of versions that still exist; a run of an older hub does not say with which code it ran, so it counts for no code. */
async function reproductions(
  store: Store,
  versions: readonly VersionRow[],
  runs: readonly RunRow[],
): Promise<readonly ReproductionEvidence[]> {
  const newest = versions.at(-1)
  const newestRun = newest === undefined ? undefined : await findRun(store, newest.run)
  const newestCode = newestRun?.kind === 'train' ? codeOf(newestRun) : null
  return runs.flatMap((run) => {
    const result = Reproduction.safeParse(run.result)
    const of = versions.find((version) => version.run === result.data?.of)
    if (!result.success || of === undefined) return []
    const { verdict, differences } = result.data
    const code = differences.find(({ what }) => what === 'codeDigest')?.after ?? codeOf(run)
    return [
      {
        ...{ run: run.id, of: `${of.recipe}@${of.version}`, verdict },
        isOfNewest: of === newest,
        isNewestCode: code !== null && code === newestCode,
        changed: differences.map(({ what }) => what),
      },
    ]
  })
}

/** As its inputs say; of a reproduction these are the ones of the run that it repeats. */
const codeOf = ({ parameters }: RunRow): string | null => runParameters(parameters).inputs?.codeDigest ?? null

async function aliasMoves(store: Store, recipe: string): Promise<readonly AliasMoveEvidence[]> {
  const restores = new Set<number | null>(await approvedRestores(store, recipe))
  return (await listAliasHistory(store, { recipe })).map((entry) => ({
    ...entry,
    isRestore: entry.kind === 'restore' || (entry.request !== null && restores.has(entry.request)),
  }))
}

async function attestations(store: Store, recipe: string): Promise<ScoreEvidence['attestations']> {
  const rows = await listAttestations(store, recipe)
  return Object.fromEntries(
    ML_TEST_IDS.flatMap((id) => {
      const newest = rows.find(({ test }) => test === id)
      if (newest === undefined || newest.change === 'withdraw') return []
      const { reason, by, at } = newest
      return [[id, { reason, by, at }]]
    }),
  )
}
