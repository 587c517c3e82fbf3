/** `fleetcast ml-score`: how production-ready the models of a recipe are, and what would raise that. */
import type { Command } from 'commander'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { RecipeResource } from '../api/resources/recipe.ts'
import type { AttestationResource, ScoreResource } from '../api/resources/score.ts'
import type { Api } from '../ports/api.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { textTable } from './text-table.ts'

const pathOf = (recipe: string): string => `/api/v1/recipes/${encodeURIComponent(recipe)}/score`

export function addScoreCommands(program: Command, context: CommandContext): void {
  const score = program
    .command('ml-score [recipe]')
    .description(
      'the ML Test Score (Breck et al. 2017) of a recipe, or of all: 28 tests, four sums, the least counts',
    )
    .addHelpText('after', '\nExample:\n  fleetcast ml-score temperature-24h')
    .action(async (recipe: string | undefined, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const api = context.connect(hub)
      const isJson = json === true
      if (recipe === undefined) report(context, { result: await everyScore(api), isJson, show: scoresTable })
      else report(context, { result: await api.get<ScoreResource>(pathOf(recipe)), isJson, show: scoreText })
    })
  addAttestCommand(score, context)
}

type AttestOptions = { readonly recipe: string; readonly reason: string; readonly withdraw?: boolean }

function addAttestCommand(score: Command, context: CommandContext): void {
  score
    .command('attest <test>')
    .description('vouch for a test that nothing stored shows: half a point, with your name')
    .requiredOption('--recipe <name>', 'the recipe')
    .requiredOption('--reason <text>', 'what you have seen; it stays with the score')
    .option('--withdraw', 'take back what somebody vouched for')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast ml-score attest data6 --recipe temperature-24h --reason "dew point took two days"',
    )
    .action(async (test: string, _options: unknown, command: Command) => {
      const { hub, json, recipe, reason, withdraw } = optionsOf<AttestOptions>(command)
      const body = { test, reason, change: withdraw === true ? 'withdraw' : 'attest' }
      const path = `${pathOf(recipe)}/attestations`
      const result = await context.connect(hub).post<AttestationResource>(path, body)
      report(context, { result, isJson: json === true, show: attestationText })
    })
}

async function everyScore(api: Api): Promise<Result<readonly ScoreResource[], Refusal>> {
  const recipes = await api.get<RecipeResource[]>('/api/v1/recipes')
  if (!recipes.ok) return recipes
  const scores: ScoreResource[] = []
  for (const { name } of recipes.value) {
    const score = await api.get<ScoreResource>(pathOf(name))
    if (!score.ok) return score
    scores.push(score.value)
  }
  return ok(scores)
}

const scoresTable = (scores: readonly ScoreResource[]): string =>
  textTable(
    ['RECIPE', 'VERSION', 'SCORE', 'DATA', 'MODEL', 'INFRASTRUCTURE', 'MONITORING'],
    scores.map(({ recipe, version, score, sections }) => [
      recipe,
      version,
      score,
      ...sections.map(({ points }) => points),
    ]),
  )

function scoreText(score: ScoreResource): string {
  const { recipe, version, isServing, sections, tests } = score
  const about = version === null ? 'no version yet' : `${version}${isServing ? ', which serves' : ''}`
  return [
    `${recipe} (${about}): ${score.score} of 7, ${score.meaning}`,
    ...sections.flatMap(({ section, title, points, isLowest }) => [
      '',
      `${title}: ${points} of 7${isLowest ? ' (the score)' : ''}`,
      textTable(
        ['TEST', 'POINTS', 'BASIS', 'WHAT', 'EVIDENCE'],
        tests
          .filter((test) => test.section === section)
          .map(({ id, points: own, basis, title: what, evidence }) => [id, own, basis, what, evidence]),
      ),
    ]),
    ...raiseText(score),
  ].join('\n')
}

/** Only the sections with the least sum hold the score down. */
function raiseText({ sections, tests }: ScoreResource): readonly string[] {
  const lowest = sections.filter(({ isLowest }) => isLowest)
  const missing = tests.filter(
    ({ section, earn }) => earn !== null && lowest.some((one) => one.section === section),
  )
  if (missing.length === 0) return []
  const names = lowest.map(({ title }) => title).join(' and ')
  return ['', `What would raise it (${names}):`, ...missing.map(({ id, earn }) => `  ${id}: ${earn}`)]
}

const attestationText = ({ test, recipe, change, by }: AttestationResource): string =>
  change === 'attest'
    ? `${by} vouches for ${test} of ${recipe}: half a point where nothing stored shows it`
    : `${by} took back what was vouched for ${test} of ${recipe}`
