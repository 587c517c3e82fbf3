import type { Command } from 'commander'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { ModelResource, RunResource } from '../api/resources/model.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { addCompareCommand } from './study-commands.ts'
import { decimals, textTable } from './text-table.ts'

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
      'DIGEST',
      'ALGORITHM',
      'TRAINED ON',
      'TEST MAE',
      'PERSISTENCE',
      'CLIMATOLOGY',
      'ONNX BYTES',
      'SERVED BY',
    ],
    models.map((model) => [
      `v${model.version}`,
      shortDigest(model.digest),
      model.algorithm,
      model.trainedOn,
      decimals(model.testMae),
      decimals(model.persistenceMae),
      decimals(model.climatologyMae),
      model.onnxBytes,
      model.serving.join(' ') || '-',
    ]),
  )
