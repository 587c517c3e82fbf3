/** What a run leaves to read: its algorithms, its trials, what decided it, and what a reproduction found. */
import type { RunDetail } from '../../api/resources/run.ts'
import type { Reproduction } from '../../registry/reproduction.ts'
import { bytes, count, decimals, short } from '../format.ts'
import { Chip, type Tone } from './chip.tsx'
import { Facts } from './facts.tsx'
import { TrialsChart, type FoundTrials } from './trials-chart.tsx'

type Report = NonNullable<RunDetail['report']>

export const Algorithms = ({ report }: { report: Report }) => (
  <section>
    <h2>Algorithms</h2>
    <p class="quiet">
      {report.algorithm}: {report.choice}. Test error {decimals(report.testMae, 3)}, persistence{' '}
      {decimals(report.persistenceMae, 3)}.{' '}
      {report.accuracy === null
        ? ''
        : `The likeliest class came in ${decimals(100 * report.accuracy.model, 1)} % of the test rows, the same class as before in ${decimals(100 * report.accuracy.persistence, 1)} %.`}
    </p>
    <AlgorithmTable report={report} />
  </section>
)

/** Those of a run that has not succeeded, too; then none is chosen. */
export const RunTrials = (found: FoundTrials) => (
  <section>
    <h2>Trials</h2>
    <TrialsChart {...found} />
    <TrialTable {...found} />
  </section>
)

const AlgorithmTable = ({ report }: { report: Report }) => (
  <div class="scroll" tabIndex={0} role="region" aria-label="Algorithms">
    <table>
      <thead>
        <tr>
          <th>Algorithm</th>
          <th class="number">Validation error</th>
          <th class="number">Rounds</th>
          <th class="number">CPU s</th>
          <th>Backend</th>
        </tr>
      </thead>
      <tbody>
        {report.algorithms.map((score) => (
          <tr key={score.algorithm}>
            <td>
              {score.algorithm}
              {score.algorithm === report.algorithm ? ' ✓' : ''}
            </td>
            <td class="number">{decimals(score.validationMae, 3)}</td>
            <td class="number">{score.rounds}</td>
            <td class="number">{decimals(score.cpuSeconds, 1)}</td>
            <td>{score.backend}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const TrialTable = ({ trials, chosen }: FoundTrials) => (
  <div class="scroll" tabIndex={0} role="region" aria-label="Trials">
    <table>
      <thead>
        <tr>
          <th class="number">Trial</th>
          <th>Algorithm</th>
          <th class="number">Error</th>
          <th class="number">Rounds</th>
          <th class="number">Size</th>
          <th class="number">CPU s</th>
          <th>Settings</th>
        </tr>
      </thead>
      <tbody>
        {trials.map((trial, at) => (
          <tr key={at}>
            <td class="number">
              {at + 1}
              {at === chosen ? ' ✓' : ''}
            </td>
            <td>{trial.algorithm}</td>
            <td class="number">{decimals(trial.mae, 3)}</td>
            <td class="number">{trial.rounds}</td>
            <td class="number">{bytes(trial.bytes)}</td>
            <td class="number">{decimals(trial.cpuSeconds, 1)}</td>
            <td class="code">{trial.settings === '{}' ? 'defaults' : trial.settings}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

/** What decided the outcome, and the files that came out. */
export function RunLock({ lock, runKey }: { lock: NonNullable<RunDetail['lock']>; runKey: string }) {
  const { inputs, outs } = lock
  const { environment: on } = inputs
  const facts: readonly [string, string][] = [
    ['Run key', short(runKey)],
    ['Code', short(inputs.codeDigest)],
    ['Recipe', `${inputs.recipe.name} ${short(inputs.recipe.digest)}`],
    ...inputs.deps.map(({ name, digest, rows }): [string, string] => [
      name,
      `${short(digest)}, ${count(rows)} rows`,
    ]),
    ['Seed', String(inputs.seeds.training)],
    ['Equal bits', inputs.determinism === 'bitwise' ? 'promised on equal machines' : 'not promised'],
    ['Machine', `${on.architecture} ${on.cpu ?? ''}, one thread`],
    ['Node', on.node],
    ['TensorFlow.js', `${on.tensorflow} on ${on.backend}`],
    ['ONNX Runtime', on.onnxruntime],
    ['Embargo', `${inputs.split.embargoSeconds / 3_600} h`],
    ['Feature spec', short(inputs.featureSpec)],
    ...outs.map(({ name, digest, size }): [string, string] => [name, `${short(digest)}, ${bytes(size)}`]),
  ]
  return (
    <section>
      <h2>What decided it, and what came out</h2>
      <Facts facts={facts} />
    </section>
  )
}

const VERDICT: Record<Reproduction['verdict'], { readonly tone: Tone; readonly word: string }> = {
  identical: { tone: 'good', word: '✓ identical' },
  withinTolerance: { tone: 'warn', word: '≈ within tolerance' },
  different: { tone: 'bad', word: '✕ different' },
}

export function ReproductionPart({ found }: { found: Reproduction }) {
  return (
    <section>
      <p class="row">
        <h2>Reproduced</h2>
        <Chip tone={VERDICT[found.verdict].tone}>{VERDICT[found.verdict].word}</Chip>
        <a href={`#/runs/${found.of}`}>the run it was compared with</a>
      </p>
      <p>{found.text}.</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Files that were compared">
        <table>
          <thead>
            <tr>
              <th>What</th>
              <th>Before</th>
              <th>Now</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {found.files.map(({ name, before, after, isEqual }) => (
              <Compared key={name} {...{ name, isEqual }} before={shortOr(before)} after={shortOr(after)} />
            ))}
            <Compared
              name="test error"
              before={decimals(found.testMae.before, 4)}
              after={decimals(found.testMae.after, 4)}
              isEqual={found.testMae.before === found.testMae.after}
            />
            {found.differences.map(({ what, before, after }) => (
              <Compared
                key={what}
                name={what}
                before={shortOr(before)}
                after={shortOr(after)}
                isEqual={false}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

const shortOr = (value: string | null): string =>
  value === null ? '–' : /^[0-9a-f]{64}$/.test(value) ? short(value) : value

type ComparedProps = {
  readonly name: string
  readonly before: string
  readonly after: string
  readonly isEqual: boolean
}

const Compared = ({ name, before, after, isEqual }: ComparedProps) => (
  <tr>
    <td>{name}</td>
    <td class="code">{before}</td>
    <td class="code">{after}</td>
    <td class={isEqual ? 'good' : 'warn'}>{isEqual ? '= same' : '≠ other'}</td>
  </tr>
)
