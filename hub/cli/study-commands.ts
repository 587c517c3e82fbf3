/** `recipes check` and `models compare`: runs that are waited for and end in a report. */
import type { Command } from 'commander'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { CheckResource, ComparisonResource } from '../api/resources/study.ts'
import { optionsOf, report, type CommandContext, type GlobalOptions } from './command-context.ts'
import { comparisonDocument } from './comparison-document.ts'
import { documentMarkdown, documentText, type Document } from './document.ts'
import { feasibilityDocument } from './feasibility-document.ts'
import { recipeOf } from './recipe-file.ts'
import type { RunDetail } from '../api/resources/run.ts'
import { watchRun } from './watch-run.ts'

type StudyOptions = GlobalOptions & {
  readonly dataset: string
  readonly stations?: string
  readonly from?: string
  readonly until?: string
  readonly out?: string
  readonly wait: boolean
}

const addStudyOptions = (command: Command): Command =>
  command
    .requiredOption('--dataset <digest>', 'the dataset, or the start of its digest')
    .option('--stations <list>', 'only these stations, separated by commas')
    .option('--from <time>', 'only rows from this event time on (ISO)')
    .option('--until <time>', 'only rows before this event time (ISO)')
    .option('--out <file>', 'also write the report as Markdown')
    .option('--no-wait', 'only start the run, and print its id')

export function addCheckCommand(recipes: Command, context: CommandContext): void {
  addStudyOptions(recipes.command('check [recipe]'))
    .description('feasibility report of a recipe, by name or as a file, on a dataset; nothing is trained')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast recipes check temperature-24h --dataset 3f2a --until 2014-01-01\n  fleetcast recipes check dew-point.yaml --dataset 3f2a --out report.md',
    )
    .action(async (named: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf<StudyOptions>(command)
      const recipe = await namedRecipe(context, named ?? 'temperature-24h')
      const study = { noun: 'checks', ...checked }
      if (!recipe.ok) return refuseStudy(context, options, recipe)
      const { name, body } = recipe.value
      const request = { ...rowsOf(options), ...(body === null ? {} : { recipe: body }) }
      const path = `/api/v1/recipes/${encodeURIComponent(name)}/checks`
      await perform<CheckResource>(context, options, { ...study, path, request })
    })
}

const checked = {
  valueIn: ({ report: value }: CheckResource) => value,
  documentOf: ({ report: value }: CheckResource) => (value === null ? null : feasibilityDocument(value)),
}

const compared = {
  valueIn: ({ comparison }: ComparisonResource) => comparison,
  documentOf: ({ comparison }: ComparisonResource) =>
    comparison === null ? null : comparisonDocument(comparison),
}

export function addCompareCommand(models: Command, context: CommandContext): void {
  addStudyOptions(models.command('compare <version> <other>'))
    .description('two versions on the same rows of a dataset, only where neither was trained')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast models compare temperature-24h@2 temperature-24h@1 --dataset 3f2a --from 2022-01-01',
    )
    .action(async (a: string, b: string, _options: unknown, command: Command) => {
      const options = optionsOf<StudyOptions>(command)
      const request = { ...rowsOf(options), a, b }
      const study = { noun: 'comparisons', path: '/api/v1/comparisons' }
      await perform<ComparisonResource>(context, options, { ...study, ...compared, request })
    })
}

const rowsOf = ({ dataset, stations, from, until }: StudyOptions) => ({
  dataset,
  stations: stations?.split(','),
  from,
  until,
})

/** What is no file is the name of a recipe that the hub has. */
async function namedRecipe(
  context: CommandContext,
  named: string,
): Promise<Result<{ readonly name: string; readonly body: unknown }, Refusal>> {
  if (!/[./\\]/.test(named)) return ok({ name: named, body: null })
  const recipe = await recipeOf(context, named)
  return recipe.ok ? ok({ name: recipe.value.name, body: recipe.value }) : recipe
}

type Study<T> = {
  readonly noun: string
  readonly path: string
  readonly request: unknown
  readonly valueIn: (resource: T) => unknown
  readonly documentOf: (resource: T) => Document | null
}

async function perform<T extends { readonly run: { readonly id: string } }>(
  context: CommandContext,
  options: StudyOptions,
  { noun, path, request, valueIn, documentOf }: Study<T>,
): Promise<void> {
  // Said before anything runs: a report of minutes must not end at a file that is in the way.
  if (options.out !== undefined && (await context.files.exists(options.out)))
    return refuseStudy(context, options, refuse('file/exists', `${options.out} is there already`))
  const api = context.connect(options.hub)
  const started = await api.post<T>(path, request)
  if (!started.ok) return refuseStudy(context, options, started)
  const { id } = started.value.run
  if (!options.wait) return context.terminal.out(options.json === true ? JSON.stringify({ run: id }) : id)
  const display = options.json === true ? null : context.display
  const run = await watchRun({ api, display, clock: context.clock }, id)
  const failure = run.ok ? failureOf(run.value) : run
  if (failure !== null) return refuseStudy(context, options, failure)
  const ended = await api.get<T>(`/api/v1/${noun}/${id}`)
  const document = ended.ok ? documentOf(ended.value) : null
  if (!ended.ok || document === null)
    return refuseStudy(context, options, ended.ok ? refuse('run/failed', 'the run left no report') : ended)
  const written =
    options.out === undefined
      ? ok(undefined)
      : await context.files.writePrivate(options.out, documentMarkdown(document))
  const isJson = options.json === true
  context.terminal.out(isJson ? JSON.stringify(valueIn(ended.value)) : documentText(document))
  if (!written.ok) refuseStudy(context, options, written)
}

/** A run that failed carries the code of its refusal in front of the sentence. */
function failureOf({ state, message }: RunDetail): Result<never, Refusal> | null {
  if (state === 'succeeded') return null
  const [, code, sentence] = /^([a-z]+\/[a-zA-Z]+): (.*)$/s.exec(message) ?? []
  return refuse(code ?? 'run/failed', sentence ?? message)
}

const refuseStudy = (
  context: CommandContext,
  { json }: GlobalOptions,
  result: Result<never, Refusal> | { readonly ok: false; readonly error: Refusal },
): void => report(context, { result, isJson: json === true, show: () => '' })
