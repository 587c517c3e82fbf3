import { scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import type { Command } from 'commander'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { ok } from '@fleetcast/shared/result.ts'
import type { ModelResource } from '../api/resources/model.ts'
import type { StartedRunResource } from '../api/resources/run.ts'
import { addAliasCommands } from './alias-commands.ts'
import { addAliasRequestCommands } from './alias-request-commands.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { addGateCommands } from './gate-commands.ts'
import { gatesWord, modelText } from './model-text.ts'
import { addModelImportCommand } from './model-import-command.ts'
import { modelPath, parseNamedVersion } from './named-version.ts'
import { reportWatched } from './run-commands.ts'
import { addCompareCommand } from './study-commands.ts'
import { lossOrNull, textTable } from './text-table.ts'
import { addVersionCommands } from './version-commands.ts'

type TrainOptions = {
  readonly dataset: string
  readonly recipe: string
  readonly stations?: string
  readonly from?: string
  readonly until?: string
  readonly again?: boolean
  readonly wait?: boolean
}

export function addModelCommands(program: Command, context: CommandContext): void {
  program
    .command('train')
    .description('train a version of a recipe on a dataset (in a process of its own)')
    .requiredOption('--dataset <digest>', 'the dataset, or the start of its digest')
    .option('--recipe <name>', 'the recipe', 'temperature-24h')
    .option('--stations <list>', 'only these stations, separated by commas')
    .option('--from <time>', 'only rows from this event time on (ISO)')
    .option('--until <time>', 'only rows before this event time (ISO)')
    .option('--again', 'train even where equal inputs have a version already')
    .option('--wait', 'show the progress until it has ended; exit code 1 unless it succeeds')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast train --dataset 3f2a71 --stations ewr,jfk,lga --until 2014-01-01 --wait',
    )
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, wait, stations, ...rest } = optionsOf<TrainOptions>(command)
      const body = {
        dataset: rest.dataset,
        recipe: rest.recipe,
        from: rest.from,
        until: rest.until,
        stations: stations?.split(','),
        again: rest.again === true,
      }
      const result = await context.connect(hub).post<StartedRunResource>('/api/v1/runs', body)
      const isJson = json === true
      if (!result.ok || wait !== true) return report(context, { result, isJson, show: startedText })
      if (!isJson) context.terminal.error(startedText(result.value))
      return reportWatched(context, { hub, ...(isJson ? { json } : {}) }, result.value.id)
    })
  const models = program.command('models').description('registered versions')
  addCompareCommand(models, context)
  addModelImportCommand(models, context)
  models
    .command('list')
    .description('every version beside the baselines')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<ModelResource[]>('/api/v1/models')
      report(context, { result, isJson: json === true, show: modelTable })
    })
  addAliasRequestCommands(addAliasCommands(models, context), context)
  addVersionCommands(models, context)
  addModelShow(models, context)
  addGateCommands(models, context)
}

const CARD_BYTES_MAX = 1024 * 1024

function addModelShow(models: Command, context: CommandContext): void {
  models
    .command('show <version>')
    .description('one version: scores, every gate, and who overrode what')
    .addHelpText('after', '\nExample:\n  fleetcast models show temperature-24h@3')
    .action(async (named: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const version = parseNamedVersion(named)
      const result = version.ok
        ? await context.connect(hub).get<ModelResource>(modelPath(version.value))
        : version
      report(context, { result, isJson: json === true, show: modelText })
    })
  models
    .command('card <version>')
    .description('the model card as it is in the bundle (Markdown)')
    .addHelpText('after', '\nExample:\n  fleetcast models card temperature-24h@3 > card.md')
    .action(async (named: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const version = parseNamedVersion(named)
      const path = version.ok ? `${modelPath(version.value)}/card` : ''
      const bytes = version.ok ? await context.connect(hub).download(path, CARD_BYTES_MAX) : version
      const result = bytes.ok ? ok({ card: new TextDecoder().decode(bytes.value) }) : bytes
      report(context, { result, isJson: json === true, show: ({ card }) => card.trimEnd() })
    })
}

function startedText({ id, state, version, isReused }: StartedRunResource): string {
  if (!isReused) return `run ${id} is ${state}; "fleetcast runs watch ${id}" shows its progress`
  return version === null
    ? `equal inputs: run ${id} is ${state} already ("--again" trains anew)`
    : `equal inputs: version ${version} of run ${id} is reused ("--again" trains anew)`
}

const modelTable = (models: readonly ModelResource[]): string =>
  textTable(
    [
      'VERSION',
      'ALIASES',
      'DIGEST',
      'ALGORITHM',
      'TRAINED ON',
      'TEST ERROR',
      'PERSISTENCE',
      'CLIMATOLOGY',
      'GATES',
      'ONNX BYTES',
      'SERVED BY',
    ],
    models.map((model) => [
      `${model.recipe}@${model.version}`,
      model.aliases.join(' ') || '-',
      shortDigest(model.digest),
      model.algorithm,
      model.trainedOn,
      `${lossOrNull(model.testMae)} ${scoreUnit(model)}`,
      lossOrNull(model.persistenceMae),
      lossOrNull(model.climatologyMae),
      gatesWord(model),
      model.onnxBytes,
      model.serving.join(' ') || '-',
    ]),
  )
