/** `card.md`: written from the run's own report and gates, never by hand (sections after Mitchell et al. 2019). */
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { METRIC_NAME, scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import { weakerLimits } from '@fleetcast/shared/recipe/weaker-limits.ts'
import { forecastRange } from '@fleetcast/shared/recipe/target.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { GateEntry, GateReport } from '../gates/gate-report.ts'
import { scoreOf } from '../recipes/forecast-score.ts'
import { targetText } from '../recipes/target-text.ts'
import { fileFacts, type FileFacts } from '../runs/file-facts.ts'
import type { RunReport } from '../runs/run-report.ts'

export type CardInput = {
  readonly recipe: Recipe
  readonly trainedOn: string
  readonly dataset: string
  readonly report: RunReport
  readonly onnxBytes: number
  readonly gates: GateReport
}

export function modelCard(input: CardInput): string {
  const { recipe, report, gates } = input
  return [
    `# ${recipe.title}`,
    ...section('Model details', details(input)),
    ...section('Intended use', intendedUse(recipe)),
    ...section('Factors', factors(gates)),
    ...section('Metrics', metrics(input)),
    ...section('Evaluation data', evaluationData(report)),
    ...section('Training data', trainingData(input)),
    ...section('Quantitative analysis by site', bySite(input)),
    ...section('Gates', gateSection(gates)),
    ...section('Caveats', caveats(input)),
    '',
  ].join('\n')
}

const section = (title: string, lines: readonly string[]): readonly string[] => ['', `## ${title}`, ...lines]

const details = ({ recipe, report, onnxBytes }: CardInput): readonly string[] => [
  `- recipe: ${recipe.name}`,
  `- predicts: ${targetText(recipe)}`,
  `- reads: the last ${recipe.windowSteps} readings of ${recipe.channels.map(({ name }) => name).join(', ')}`,
  `- algorithm: ${report.algorithm} (${report.choice}), ${report.features.length} features, seed ${report.seed}`,
  `- made with: Node ${report.versions.node}, ONNX Runtime ${report.versions.onnxruntime}, ${report.backend}`,
  ...fileFacts(factsOf({ recipe, report, onnxBytes })).map(([name, value]) => `- ${name}: ${value}`),
]

const factsOf = ({
  recipe,
  report,
  onnxBytes,
}: Pick<CardInput, 'recipe' | 'report' | 'onnxBytes'>): FileFacts => ({
  ...{ onnxBytes, format: report.format, weights: report.weights, replay: report.parity.replay },
  parityRows: report.parity.rows,
  parityMaxDifference: report.parity.maxDifference,
  parityTolerance: report.parity.tolerance,
  unit: scoreOf(recipe).unit,
})

const intendedUse = (recipe: Recipe): readonly string[] => [
  `Forecasts on a station that reports every ${recipe.cadenceMinutes} min. Answers ${refusedOf(recipe)} are refused by the station, which then gives its baseline.`,
  'Not for sites whose climate the training data do not hold: a station proves the version on its own later readings before it may serve there.',
]

function refusedOf(recipe: Recipe): string {
  if (recipe.target.classes !== undefined) return 'without a probability of every class, which add up to 1,'
  const channel = recipe.channels.find(({ name }) => name === recipe.target.channel)
  if (channel === undefined) return 'outside the physical range'
  const { min, max, unit } = forecastRange(recipe.target, channel)
  return `outside ${min} to ${max} ${unit}`
}

function factors({ gates }: GateReport): readonly string[] {
  const slices = gates.filter(
    ({ gate, slice }) => (gate === 'slices' || gate === 'extremes') && slice !== null,
  )
  const names = (verdicts: readonly GateEntry[]): string =>
    verdicts.map(({ slice }) => slice).join(', ') || 'none'
  return [
    `- judged on their own: ${names(slices.filter(({ verdict }) => verdict !== 'notTestable'))}`,
    `- too little data to judge: ${names(slices.filter(({ verdict }) => verdict === 'notTestable'))}`,
  ]
}

function metrics({ recipe, report }: CardInput): readonly string[] {
  const value = (error: number): string => `${error.toFixed(3)} ${scoreUnit(scoreOf(recipe))}`
  return [
    `${METRIC_NAME[report.metric]} on the same held-out rows:`,
    `- this model: ${value(report.testMae)}`,
    `- persistence: ${value(report.persistenceMae)}`,
    `- seasonal persistence: ${value(report.seasonalPersistenceMae)}`,
    `- climatology: ${value(report.climatologyMae)}`,
    ...(report.accuracy === null ? [] : [accuracyLine(report.accuracy)]),
    ...(report.interval === null ? [] : [boundsLine(report.interval)]),
  ]
}

const accuracyLine = ({ model, persistence }: NonNullable<RunReport['accuracy']>): string =>
  `- its likeliest class came in ${(100 * model).toFixed(1)} % of them, the same class as before in ${(100 * persistence).toFixed(1)} %`

const boundsLine = ({ coverage, testCoverage, rows }: NonNullable<RunReport['interval']>): string =>
  `- its bounds hold ${(100 * testCoverage).toFixed(1)} % of ${rows} truths; ${(100 * coverage).toFixed(0)} % were asked for`

const evaluationData = ({ algorithm, split }: RunReport): readonly string[] => [
  algorithm === 'imported'
    ? `${split.test} test rows, all later than its training by window and horizon at least; ${split.training} rows of the time before.`
    : `${split.test} test rows in blocks of days across the seasons, apart from ${split.training} training and ${split.validation} validation rows by an embargo of window and horizon.`,
]

const trainingData = ({ dataset, trainedOn, report }: CardInput): readonly string[] => [
  report.algorithm === 'imported'
    ? `Trained ${trainedOn}; judged on dataset ${shortDigest(dataset)}, ${report.rows} rows.`
    : `Dataset ${shortDigest(dataset)}, ${trainedOn}, ${report.rows} rows.`,
]

function bySite({ recipe, report }: CardInput): readonly string[] {
  const value = (error: number): string => `${error.toFixed(3)} ${scoreUnit(scoreOf(recipe))}`
  return report.bySite.map(
    (site) =>
      `- ${site.site}: ${value(site.mae)} beside persistence ${value(site.persistenceMae)} (${site.n} rows)`,
  )
}

const SIGNS: Record<GateEntry['verdict'], string> = {
  pass: 'passed',
  fail: 'FAILED',
  notTestable: 'not testable',
}

/** Gates as a whole, and every part that failed. */
const gateSection = ({ gates, passed, policy, policyDigest }: GateReport): readonly string[] => [
  `${passed ? 'All gates passed or were not testable' : 'Some gates FAILED'}; policy ${shortDigest(policyDigest)}.`,
  ...weakerLines(policy),
  '',
  '| gate | verdict | value | interval | limit | rows | days |',
  '|---|---|---|---|---|---|---|',
  ...gates.filter(isShown).map(gateRow),
]

function weakerLines(policy: GateReport['policy']): readonly string[] {
  const weaker = weakerLimits(policy)
  return weaker.length === 0 ? [] : ['', `Weaker than default: ${weaker.join(', ')}.`]
}

const PARTS_OF: readonly string[] = ['slices', 'extremes', 'robustness', 'calibration']

/** Parts of a gate that has a line of its own are shown when they failed. */
const isShown = ({ gate, slice, verdict }: GateEntry): boolean =>
  slice === null || verdict === 'fail' || !PARTS_OF.includes(gate)

function gateRow({ gate, slice, verdict, value, lower, upper, limit, n, days }: GateEntry): string {
  const cell = (number: number | null): string =>
    number === null ? '-' : String(Number(number.toPrecision(4)))
  const interval = lower === null || upper === null ? '-' : `${cell(lower)} to ${cell(upper)}`
  const name = slice === null ? gate : `${gate}: ${slice}`
  return `| ${[name, SIGNS[verdict], cell(value), interval, cell(limit), n, days].join(' | ')} |`
}

const caveats = ({ report, gates }: CardInput): readonly string[] => [
  report.algorithm === 'imported'
    ? 'What it was trained on, its author says; the days to come may be unlike those that judged it.'
    : 'Judged on its training period only; the days to come may be unlike it.',
  ...gates.gates
    .filter(({ verdict, slice }) => slice === null && verdict === 'notTestable')
    .map(({ gate, message }) => `- ${gate} was not testable: ${message}`),
]
