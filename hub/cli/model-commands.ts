import type { Command } from 'commander'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { ok } from '@fleetcast/shared/result.ts'
import type { ModelResource, RunResource } from '../api/resources/model.ts'
import { addAliasCommands } from './alias-commands.ts'
import { addAliasRequestCommands } from './alias-request-commands.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { addGateCommands } from './gate-commands.ts'
import { gatesWord, modelText } from './model-text.ts'
import { modelPath, parseNamedVersion } from './named-version.ts'
import { addCompareCommand } from './study-commands.ts'
import { decimals, textTable } from './text-table.ts'
import { addVersionCommands } from './version-commands.ts'

type TrainOptions = {
  readonly dataset: string
  readonly recipe: string
  readonly stations?: string
  readonly from?: string
  readonly until?: string
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
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast train --dataset 3f2a --stations ewr,jfk,lga --until 2014-01-01',
    )
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, stations, ...rest } = optionsOf<TrainOptions>(command)
      const body = {
        dataset: rest.dataset,
        recipe: rest.recipe,
        from: rest.from,
        until: rest.until,
        stations: stations?.split(','),
      }
      const result = await context.connect(hub).post<RunResource>('/api/v1/runs', body)
      report(context, {
        result,
        isJson: json === true,
        show: (run) => `run ${run.id} is ${run.state}; "fleetcast runs list" shows its progress`,
      })
    })
  program
    .command('runs')
    .description('training runs')
    .command('list')
    .description('every run with its state')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<RunResource[]>('/api/v1/runs')
      report(context, { result, isJson: json === true, show: runTable })
    })
  const models = program.command('models').description('registered versions')
  addCompareCommand(models, context)
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

const runTable = (runs: readonly RunResource[]): string =>
  textTable(
    ['RUN', 'RECIPE', 'STATE', 'STAGE', 'PROGRESS', 'VERSION', 'MESSAGE'],
    runs.map((run) => [
      run.id,
      run.recipe,
      run.state,
      run.stage,
      `${Math.round(run.fraction * 100)} %`,
      run.version === null ? null : `v${run.version}`,
      run.message,
    ]),
  )

const modelTable = (models: readonly ModelResource[]): string =>
  textTable(
    [
      'VERSION',
      'ALIASES',
      'DIGEST',
      'ALGORITHM',
      'TRAINED ON',
      'TEST MAE',
      'PERSISTENCE',
      'CLIMATOLOGY',
      'GATES',
      'ONNX BYTES',
      'SERVED BY',
    ],
    models.map((model) => [
      `v${model.version}`,
      model.aliases.join(' ') || '-',
      shortDigest(model.digest),
      model.algorithm,
      model.trainedOn,
      decimals(model.testMae),
      decimals(model.persistenceMae),
      decimals(model.climatologyMae),
      gatesWord(model),
      model.onnxBytes,
      model.serving.join(' ') || '-',
    ]),
  )
