/** What shows the tests of the model. */
import { MONITORING_DEFAULT } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs, epochMsToUtcDay } from '@fleetcast/shared/units.ts'
import { passedGate } from './gate-proof.ts'
import type { ScoreEvidence } from './score-evidence.ts'

export const MODEL_PROOFS = {
  model1: isReviewed,
  model2: agreesWithUse,
  model3: ({ version }: ScoreEvidence): string | null => {
    const trials = version?.report.trials.length ?? 0
    return trials < 2 ? null : `${trials} trials in the report of ${version!.name}, ${version!.report.choice}`
  },
  model4: knowsStaleness,
  model5: beatsSimpler,
  model6: ({ version }: ScoreEvidence): string | null => passedGate(version, 'slices'),
  model7: servesEverySite,
}

function isReviewed({ version, aliasHistory }: ScoreEvidence): string | null {
  const entry = aliasHistory.find(({ kind, toDigest }) => kind === 'approved' && toDigest === version?.digest)
  return entry === undefined || version === null
    ? null
    : `${version.name} became ${entry.name} (revision ${entry.revision}, request ${entry.request ?? 'unknown'}) with the approval of a second person, ${entry.by}`
}

/** Fewer stations rank alike by chance. */
const STATIONS_MIN = 5
const CORRELATION_MIN = 0.5

function agreesWithUse({ recipe, version, stations }: ScoreEvidence): string | null {
  const { verifiedForecastsMin } = recipe.monitoring ?? MONITORING_DEFAULT
  const tested = new Map(version?.report.bySite.map(({ site, mae }) => [String(site), mae]))
  const pairs = stations.flatMap(({ site, live }) => {
    const test = tested.get(site)
    if (test === undefined || live === null || live.n < verifiedForecastsMin) return []
    return [{ test, use: live.sumAbs / live.n }]
  })
  if (version === null || pairs.length < STATIONS_MIN) return null
  const correlation = pearson(ranks(pairs.map(({ test }) => test)), ranks(pairs.map(({ use }) => use)))
  return correlation >= CORRELATION_MIN
    ? `rank correlation ${correlation.toFixed(2)} (at least ${CORRELATION_MIN}) of test and live errors of ${version.name} on ${pairs.length} stations`
    : null
}

/** Equal values share the mean of their ranks (Spearman 1904). */
const ranks = (values: readonly number[]): readonly number[] =>
  values.map(
    (value) =>
      values.filter((other) => other < value).length + values.filter((other) => other === value).length / 2,
  )

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  const sum = (term: (i: number) => number): number => a.reduce((total, _, i) => total + term(i), 0)
  const spread = Math.sqrt(sum((i) => (a[i]! - meanA) ** 2) * sum((i) => (b[i]! - meanB) ** 2))
  return spread === 0 ? 0 : sum((i) => (a[i]! - meanA) * (b[i]! - meanB)) / spread
}

function knowsStaleness({ recipe, comparisons }: ScoreEvidence): string | null {
  const isOurs = (name: string): boolean => name.startsWith(`${recipe.name}@`)
  const found = comparisons.find(
    ({ comparison: { a, b, overall } }) =>
      isOurs(a.name) && isOurs(b.name) && a.dataUntil !== b.dataUntil && overall.verdict !== 'tooFewDays',
  )
  if (found === undefined) return null
  const { a, b, overall } = found.comparison
  const until = (at: number): string => epochMsToUtcDay(epochMs(at))
  return `run ${found.run}: error of ${a.name} (data until ${until(a.dataUntil)}) is ${(100 * overall.relativeDifference).toFixed(1)} % off that of ${b.name} (until ${until(b.dataUntil)}) on ${overall.days} days`
}

/** Every baseline whose gate the policy asks for; persistence always. */
function beatsSimpler({ version }: ScoreEvidence): string | null {
  if (version?.gates == null) return null
  const { report, gates } = version
  const hasRidge =
    report.algorithm === 'ridge' || report.algorithms.some(({ algorithm }) => algorithm === 'ridge')
  const wanted = (['beatsPersistence', 'beatsSeasonalPersistence', 'beatsClimatology'] as const).filter(
    (gate) => gate === 'beatsPersistence' || gates.gates.some((entry) => entry.gate === gate),
  )
  const said = wanted.map((gate) => passedGate(version, gate))
  if (!hasRidge || said.includes(null)) return null
  return `${report.algorithm} of ${version.name}: ${report.choice}; ${said[0]}`
}

/** A site with too few days to be judged is a group that nobody has looked at. */
function servesEverySite({ version }: ScoreEvidence): string | null {
  const sites =
    version?.gates?.gates.filter(({ gate, slice }) => gate === 'slices' && slice?.startsWith('site ')) ?? []
  if (version === null || sites.length < 2 || sites.some(({ verdict }) => verdict !== 'pass')) return null
  const worst = sites.reduce((most, next) => ((next.value ?? 0) > (most.value ?? 0) ? next : most))
  return `${sites.length} sites of ${version.name} passed on their own; the worst is ${worst.slice}: ${worst.message}`
}
