/** Runs as text. */
import { METRIC_NAME } from '@fleetcast/shared/recipe/metric.ts'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { RunDetail, RunResource } from '../api/resources/run.ts'
import { Reproduction } from '../registry/reproduction.ts'
import { decimals, textTable } from './text-table.ts'

export const runTable = (runs: readonly RunResource[]): string =>
  textTable(
    ['RUN', 'KIND', 'RECIPE', 'STATE', 'STAGE', 'PROGRESS', 'SECONDS', 'ASKED BY', 'VERSION', 'MESSAGE'],
    runs.map((run) => [
      run.id,
      run.kind,
      run.recipe,
      run.state,
      run.stage,
      `${Math.round(run.fraction * 100)} %`,
      secondsOf(run),
      run.requestedBy,
      run.version === null ? null : `v${run.version}`,
      run.message,
    ]),
  )

/** From the start of its process; null while it runs or when it never did. */
const secondsOf = ({ startedAt, endedAt }: RunResource): number | null =>
  startedAt === null || endedAt === null ? null : Math.round((endedAt - startedAt) / 1_000)

export function runText(run: RunDetail): string {
  const reproduced = Reproduction.safeParse(run.result)
  return [
    `run ${run.id} (${run.kind} ${run.recipe}): ${run.state}${run.message === '' ? '' : `, ${run.message}`}`,
    `  dataset ${shortDigest(run.dataset)}, ${run.selection}; run key ${shortDigest(run.runKey)}; asked by ${run.requestedBy ?? 'unknown'}`,
    ...(run.lock === null ? [] : lockLines(run.lock)),
    ...(run.report === null ? [] : reportLines(run.report)),
    ...(reproduced.success ? reproductionLines(reproduced.data) : []),
  ].join('\n')
}

function lockLines({ inputs, outs }: NonNullable<RunDetail['lock']>): readonly string[] {
  const { environment: on } = inputs
  return [
    `  code ${shortDigest(inputs.codeDigest)}, recipe ${shortDigest(inputs.recipe.digest)}, seed ${inputs.seeds.training}, ${inputs.determinism}`,
    `  ${on.architecture} ${on.cpu ?? ''}, node ${on.node}, TensorFlow.js ${on.tensorflow} on ${on.backend}, ONNX Runtime ${on.onnxruntime}`,
    ...outs.map(({ name, digest, size }) => `  ${name} ${shortDigest(digest)}, ${size} bytes`),
  ]
}

const reportLines = (report: NonNullable<RunDetail['report']>): readonly string[] => [
  `  ${report.algorithm}: ${report.choice}; test ${METRIC_NAME[report.metric]} ${decimals(report.testMae, 3)}, persistence ${decimals(report.persistenceMae, 3)}`,
  ...(report.accuracy === null
    ? []
    : [
        `  the likeliest class came in ${decimals(100 * report.accuracy.model, 1)} % of the test rows, the same class as before in ${decimals(100 * report.accuracy.persistence, 1)} %`,
      ]),
  ...report.algorithms.map(
    ({ algorithm, validationMae, cpuSeconds }) =>
      `    ${algorithm}: validation ${METRIC_NAME[report.metric]} ${decimals(validationMae, 3)}, ${decimals(cpuSeconds, 1)} CPU s`,
  ),
]

export const reproductionLines = ({
  verdict,
  text,
  files,
  machineClass,
}: Reproduction): readonly string[] => [
  `  ${verdict}: ${text}`,
  `  machine class ${machineClass.before} before, ${machineClass.after} now`,
  ...files.map(
    ({ name, before, after, isEqual }) =>
      `  ${isEqual ? '=' : '≠'} ${name} ${before === null ? '-' : shortDigest(before)} ${after === null ? '-' : shortDigest(after)}`,
  ),
]

/** Every trial of a run's search that has ended, in the order they were tried. */
export function trialTable({ trials, report, endedAt }: RunDetail): string {
  if (trials.length === 0)
    return report === null
      ? `no trial ${endedAt === null ? 'has ended yet' : 'had ended when the run did'}; only a training run whose recipe asks for a search has any`
      : 'no search was asked for: each algorithm was fitted once with its defaults ("fleetcast runs show")'
  return textTable(
    ['TRIAL', 'ALGORITHM', 'ERROR', 'FOLDS', 'ROUNDS', 'BYTES', 'CPU S', 'SETTINGS'],
    trials.map((trial, at) => [
      `${at + 1}${at === report?.chosenTrial ? ' ✓' : ''}`,
      trial.algorithm,
      trial.mae.toFixed(3),
      trial.foldMae.map((mae) => mae.toFixed(3)).join(' '),
      trial.rounds,
      trial.bytes,
      trial.cpuSeconds.toFixed(1),
      trial.settings,
    ]),
  )
}
