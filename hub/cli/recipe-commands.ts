import type { Command } from 'commander'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { RecipeApplied, RecipeResource } from '../api/resources/recipe.ts'
import { diffRecipes, weakenedLimits, type RecipeChange } from '../recipes/diff-recipes.ts'
import { recipeJsonSchema } from '../recipes/recipe-json-schema.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { recipeOf } from './recipe-file.ts'
import { addCheckCommand } from './study-commands.ts'
import { textTable } from './text-table.ts'

const pathOf = (name: string): string => `/api/v1/recipes/${encodeURIComponent(name)}`

export function addRecipeCommands(program: Command, context: CommandContext): void {
  const recipes = program
    .command('recipes')
    .description('use cases: what to predict and the policy around it')
  recipes
    .command('list')
    .description('every recipe the hub knows')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<RecipeResource[]>('/api/v1/recipes')
      report(context, { result, isJson: json === true, show: recipeTable })
    })
  recipes
    .command('show <name>')
    .description('one recipe as the hub has it (JSON)')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<RecipeResource>(pathOf(name))
      report(context, { result, isJson: json === true, show: ({ body }) => JSON.stringify(body, null, 2) })
    })
  recipes
    .command('schema')
    .description('the JSON Schema of recipe files, for editors')
    .addHelpText('after', '\nExample:\n  fleetcast recipes schema > recipe.schema.json')
    .action(() => context.terminal.out(JSON.stringify(recipeJsonSchema(), null, 2)))
  addCheckCommand(recipes, context)
  addFileCommands(program, context)
}

/** The three that take a recipe file: `validate` needs no hub. */
function addFileCommands(program: Command, context: CommandContext): void {
  program
    .command('validate <recipe.yaml>')
    .description('check a recipe file; errors name line and column')
    .action(async (file: string, _options: unknown, command: Command) => {
      const result = await recipeOf(context, file)
      const show = ({ name, title }: Recipe): string => `${file}: ${name} (${title}) is a recipe`
      report(context, { result, isJson: optionsOf(command).json === true, show })
    })
  program
    .command('diff <recipe.yaml>')
    .description('what "apply" would change in the hub')
    .action(async (file: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const found = await diffWithHub(context, hub, file)
      if (found.ok) warnOfWeaker(context, found.value)
      const result = found.ok ? ok(found.value.changes) : found
      report(context, { result, isJson: json === true, show: changesText })
    })
  program
    .command('apply <recipe.yaml>')
    .description('store a recipe in the hub, or change the policy of one')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast validate dew-point.yaml && fleetcast diff dew-point.yaml && fleetcast apply dew-point.yaml',
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const recipe = await recipeOf(context, file)
      const result = recipe.ok
        ? await context.connect(hub).put<RecipeApplied>(pathOf(recipe.value.name), recipe.value)
        : recipe
      if (result.ok) warnOfWeaker(context, result.value)
      const show = (applied: RecipeApplied): string =>
        applied.isNew
          ? `recipe ${applied.name} is new`
          : `recipe ${applied.name}\n${changesText(applied.changes)}`
      report(context, { result, isJson: json === true, show })
    })
}

async function diffWithHub(
  context: CommandContext,
  hub: string,
  file: string,
): Promise<Result<Pick<RecipeApplied, 'isNew' | 'changes' | 'weakened'>, Refusal>> {
  const recipe = await recipeOf(context, file)
  if (!recipe.ok) return recipe
  const stored = await context.connect(hub).get<RecipeResource>(pathOf(recipe.value.name))
  if (!stored.ok) return stored
  const before = Recipe.parse(stored.value.body)
  const changes = [...diffRecipes(before, recipe.value)]
  return ok({ isNew: false, changes, weakened: [...weakenedLimits(before, recipe.value)] })
}

/** To the error stream, so that it is seen whatever reads the rest. */
function warnOfWeaker(
  { terminal }: CommandContext,
  { isNew, weakened }: Pick<RecipeApplied, 'isNew' | 'weakened'>,
): void {
  if (weakened.length === 0) return
  const than = isNew ? 'the defaults' : 'the stored recipe'
  terminal.error(`warning: gates weaker than those of ${than}: ${weakened.join(', ')}`)
}

const recipeTable = (recipes: readonly RecipeResource[]): string =>
  textTable(
    ['RECIPE', 'DIGEST', 'TITLE'],
    recipes.map(({ name, digest, title }) => [name, shortDigest(digest), title]),
  )

const changesText = (changes: readonly RecipeChange[]): string =>
  changes.length === 0
    ? 'nothing changes'
    : changes
        .map(
          ({ path, before, after, isShape }) =>
            `${path}: ${before ?? '(nothing)'} -> ${after ?? '(nothing)'}${isShape ? '   changes what stations measure or forecast' : ''}`,
        )
        .join('\n')
