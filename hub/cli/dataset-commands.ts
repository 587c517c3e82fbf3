import type { Command } from 'commander'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { DatasetResource } from '../api/resources/dataset.ts'
import { optionsOf, report, type CommandContext, type GlobalOptions } from './command-context.ts'
import { datasetTable, datasetText } from './dataset-text.ts'
import { addFleetDatasetCommand } from './fleet-dataset-command.ts'
import { mappingOf, MAPPING_OPTIONS, type MappingOptions } from './table-options.ts'

type ImportOptions = MappingOptions & {
  readonly name?: string
  readonly recipe: string
  readonly until?: string
  readonly asOf?: string
}

export function addDatasetCommands(program: Command, context: CommandContext): void {
  const datasets = program.command('datasets').description('immutable snapshots of history')
  const upload = (name: string, description: string, isStored: boolean): void => {
    const command = datasets
      .command(name)
      .description(description)
      .option('--recipe <name>', 'maps columns to channels', 'temperature-24h')
      .option('--name <name>', 'a label')
      .option('--until <time>', 'only rows before this event time (ISO)')
      .option('--as-of <time>', 'what had arrived by then (ISO); needs --arrived-column')
    for (const option of MAPPING_OPTIONS) command.addOption(option())
    command.addHelpText('after', EXAMPLES).action(async (file: string, _options: unknown, done: Command) => {
      const options = optionsOf<ImportOptions>(done)
      const result = await uploadTable(context, file, { ...options, isStored })
      report(context, { result, isJson: options.json === true, show: datasetText })
    })
  }
  upload('import <file>', 'import CSV, NDJSON or Parquet (or .gz of it) with a quality report', true)
  upload('check <file>', 'the same report, and nothing is stored', false)
  addFleetDatasetCommand(datasets, context)
  addReadingCommands(datasets, context)
}

const EXAMPLES = `
Examples:
  fleetcast datasets import history.csv.gz --name history
  fleetcast datasets check jena.csv --station jena --time-column time --utc-offset +01:00 \\
      --map temperature=T_degC --map pressure=p_mbar --unit pressure=mbar --missing -9999
  fleetcast datasets import readings.parquet --arrived-column received_at --as-of 2022-03-01T00:00:00Z`

function addReadingCommands(datasets: Command, context: CommandContext): void {
  datasets
    .command('list')
    .description('every dataset')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<DatasetResource[]>('/api/v1/datasets')
      report(context, { result, isJson: json === true, show: datasetTable })
    })
  datasets
    .command('show <digest>')
    .description('the quality report of one dataset')
    .action(async (digest: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const path = `/api/v1/datasets/${encodeURIComponent(digest)}`
      const result = await context.connect(hub).get<DatasetResource>(path)
      report(context, { result, isJson: json === true, show: datasetText })
    })
}

async function uploadTable(
  context: CommandContext,
  file: string,
  options: ImportOptions & GlobalOptions & { readonly isStored: boolean },
): Promise<Result<DatasetResource, Refusal>> {
  const mapping = mappingOf(options)
  if (!mapping.ok) return mapping
  const query = new URLSearchParams({
    recipe: options.recipe,
    name: options.name ?? file.slice(-200),
    mapping: JSON.stringify(mapping.value),
    store: String(options.isStored),
    ...(options.until === undefined ? {} : { until: options.until }),
    ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
  })
  const tell = options.json === true ? () => undefined : quarters(context)
  return context.connect(options.hub).upload(`/api/v1/datasets?${query}`, file, tell)
}

/** A line for every quarter that was sent, then one for the wait. */
function quarters({ terminal }: CommandContext): (fraction: number) => void {
  let told = 0
  return (fraction) => {
    const quarter = Math.floor(fraction * 4)
    if (quarter <= told) return
    told = quarter
    terminal.error(quarter < 4 ? `sent ${quarter * 25} %` : 'sent; the hub reads and checks the table')
  }
}
