import { targetText } from '../../recipes/target-text.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Overview } from '../../api/resources/overview.ts'
import type { RecipeResource } from '../../api/resources/recipe.ts'
import type { CheckResource } from '../../api/resources/study.ts'
import type { CheckFinding, FeasibilityReport } from '../../runs/check/feasibility-report.ts'
import { count, decimals, eventTime, short } from '../format.ts'
import { FeasibilityChip } from '../parts/chip.tsx'
import { Facts } from '../parts/facts.tsx'
import { MlScore } from '../parts/ml-score.tsx'

type RecipesInput = {
  recipes: readonly RecipeResource[]
  /** The newest of every recipe, of files that were never applied too. */
  checks: readonly CheckResource[]
  seen: Overview
}

export function RecipesPage({ recipes, checks, seen }: RecipesInput) {
  const unapplied = checks.filter(({ run }) => !recipes.some(({ name }) => name === run.recipe))
  return (
    <>
      {recipes.map((recipe) => (
        <section key={recipe.name}>
          <p class="row">
            <h2>
              {recipe.title} <span class="quiet">{recipe.name}</span>
            </h2>
            <a href="#/models">
              {versionsText(seen.models.filter((model) => model.recipe === recipe.name).length)}
            </a>
          </p>
          <Facts
            facts={[
              // The hub has parsed it; here it is only shown.
              ['Predicts', targetText(recipe.body as Recipe)],
              ['Digest', short(recipe.digest)],
            ]}
          />
          <LastCheck
            check={checks.find(({ run }) => run.recipe === recipe.name) ?? null}
            recipe={recipe.name}
          />
          <MlScore recipe={recipe.name} stamp={stampOf(recipe, seen)} />
        </section>
      ))}
      {unapplied.map((check) => (
        <section key={check.run.id}>
          <h2>
            {check.run.recipe} <span class="quiet">checked as a file, not applied</span>
          </h2>
          <LastCheck check={check} recipe={check.run.recipe} />
        </section>
      ))}
    </>
  )
}

/** Of what a score is made of, the part that changes seldom: it is not asked for again with every message of a station. */
const stampOf = ({ name, digest }: RecipeResource, { models, rollouts, runs }: Overview): string =>
  [
    digest,
    ...models.filter(({ recipe }) => recipe === name).map((model) => model.version),
    ...rollouts
      .filter(({ recipe }) => recipe === name)
      .map(({ id, state, stages }) => `${id} ${state} ${stages.map((stage) => stage.state).join(' ')}`),
    ...runs.filter(({ recipe }) => recipe === name).map(({ id, state }) => `${id} ${state}`),
  ].join(' ')

const versionsText = (n: number): string => `${count(n)} ${n === 1 ? 'version' : 'versions'}`

function LastCheck({ check, recipe }: { check: CheckResource | null; recipe: string }) {
  if (check === null)
    return (
      <p class="empty">
        Not checked yet; what can be learned from a dataset says "fleetcast recipes check {recipe} --dataset
        DIGEST".
      </p>
    )
  const { run, report } = check
  if (report === null)
    return (
      <p class={run.state === 'failed' ? 'bad' : 'quiet'}>
        last check {run.state}: {run.message}
      </p>
    )
  return (
    <>
      <h3>Last check, {eventTime(run.createdAt)}</h3>
      <p class="row">
        <FeasibilityChip verdict={report.verdict} />
        <span class="quiet">
          dataset {short(report.dataset)}, {report.selection}
        </span>
      </p>
      <Facts facts={factsOf(report)} />
      <Findings report={report} />
    </>
  )
}

function factsOf({
  rows,
  scores,
  independence,
  resolution,
  target,
}: FeasibilityReport): readonly (readonly [string, string])[] {
  const similar = resolution.find(({ pair }) => pair === 'similar')
  return [
    [
      'Samples: training + validation + test',
      `${count(rows.training)} + ${count(rows.validation)} + ${count(rows.test)}`,
    ],
    ...(scores ?? []).map(
      ({ name, loss }) =>
        [
          `Error of ${name === 'linear' ? 'a linear model' : name}`,
          `${decimals(loss)} ${target.score}`,
        ] as const,
    ),
    ...(independence === null
      ? []
      : [
          ['Independent days', `${decimals(independence.effectiveDays, 0)} of ${independence.days}`] as const,
        ]),
    ...(similar === undefined || similar.smallestDifference === null
      ? []
      : [
          [
            'Smallest difference that can be told apart',
            `${decimals(100 * similar.smallestDifference, 1)} %`,
          ] as const,
          [
            'Live days to hold the margin',
            similar.liveDays === null ? 'more than ten years' : count(similar.liveDays),
          ] as const,
        ]),
  ]
}

const SIGN: Record<CheckFinding['severity'], string> = { info: '·', warning: '!', error: '✕' }
const TONE: Record<CheckFinding['severity'], string> = { info: 'quiet', warning: 'warn', error: 'bad' }

function Findings({ report }: { report: FeasibilityReport }) {
  if (report.findings.length === 0) return <p class="good">✓ Nothing speaks against training.</p>
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Findings on ${report.recipe.name}`}>
      <table>
        <thead>
          <tr>
            <th>Finding</th>
            <th>Where</th>
            <th>What</th>
            <th>To do</th>
          </tr>
        </thead>
        <tbody>
          {report.findings.map(({ code, severity, place, message, action }) => (
            <tr key={`${code} ${place}`}>
              <td class={TONE[severity]} title={severity}>
                {SIGN[severity]} {code.replace('check/', '')}
              </td>
              <td>{place}</td>
              <td class="wrap">{message}</td>
              <td class="wrap">{action}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
