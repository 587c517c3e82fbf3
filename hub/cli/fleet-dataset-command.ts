/** `fleetcast datasets from-fleet`: a dataset from what the stations themselves have measured. */
import type { Command } from 'commander'
import type { DatasetResource } from '../api/resources/dataset.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { datasetText } from './dataset-text.ts'

type FleetOptions = {
  readonly recipe: string
  readonly name: string
  readonly asOf?: string
  readonly from?: string
  readonly until?: string
  readonly stations?: readonly string[]
  readonly devices?: readonly string[]
}

export function addFleetDatasetCommand(datasets: Command, context: CommandContext): void {
  datasets
    .command('from-fleet')
    .description('make a dataset from the readings that stations sent, with the quality report of an import')
    .option('--recipe <name>', 'whose stations', 'temperature-24h')
    .option('--name <name>', 'a label', 'fleet')
    .option(
      '--as-of <time>',
      'what had arrived by then (ISO, default: now); the same time gives the same dataset',
    )
    .option('--from <time>', 'only rows from this event time on (ISO)')
    .option('--until <time>', 'only rows before this event time (ISO)')
    .option('--stations <ids...>', 'only these sites')
    .option('--devices <ids...>', 'only these devices, where several measure at one site')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, ...options } = optionsOf<FleetOptions>(command)
      const { recipe, name, asOf, from, until, stations, devices } = options
      const body = { recipe, name, asOf, from, until, stations, devices }
      const result = await context.connect(hub).post<DatasetResource>('/api/v1/datasets/from-fleet', body)
      report(context, { result, isJson: json === true, show: datasetText })
    })
}

const EXAMPLES = `
Stations send readings when the recipe they enrolled with says "collect: { readings: true }".

Examples:
  fleetcast datasets from-fleet --name spring
  fleetcast datasets from-fleet --name spring --as-of 2022-03-01T00:00:00Z --stations jfk ewr`
