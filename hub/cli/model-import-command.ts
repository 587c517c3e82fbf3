import type { Command } from 'commander'
import type { StartedRunResource } from '../api/resources/run.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { reportWatched } from './run-commands.ts'

type ImportOptions = {
  readonly signature: string
  readonly dataset: string
  readonly stations?: string
  readonly from?: string
  readonly until?: string
  readonly wait?: boolean
}

const HELP = `
The signature (JSON) says how the model's inputs come from the recipe's window and what its output means:
  { "schema": "fleetcast/import-signature/1", "recipe": "temperature-24h",
    "input": { "kind": "columns", "columns": [
      { "name": "now", "feature": { "lag": "temperature", "steps": [0] } },
      { "name": "yesterday", "feature": { "lag": "temperature", "steps": [24] } } ] },
    "output": { "name": "variable", "kind": "value" },
    "trainedUntil": "2016-01-01T00:00:00Z", "trainedOn": { "sites": ["sea"] },
    "author": "ada", "description": "scikit-learn, exported with skl2onnx" }
"input" may also be { "kind": "window" }; "output.kind" is value, change (from the newest value),
probability (of an event) or probabilities (one column a class, in the recipe's order).
What a station is missing reaches the model as NaN. Bounds are outputs of the same kind:
  "interval": { "coverage": 0.8, "lower": { "name": "p10" }, "upper": { "name": "p90" } }
"trainedFrom" (from the beginning when absent), "trainedUntil" and "trainedOn" are what "recall" finds the version by.
docs/IMPORT.md has whole examples in Python.

Example:
  fleetcast models import model.onnx --signature s.json --dataset 3f2a9c --from 2022-01-01 --wait`

export function addModelImportCommand(models: Command, context: CommandContext): void {
  models
    .command('import <file>')
    .description('a model made elsewhere (ONNX): judged by the same gates, then a version like any other')
    .requiredOption('--signature <file>', 'what its inputs and its output are (JSON)')
    .requiredOption('--dataset <digest>', 'rows to judge it on, later than those it was trained on')
    .option('--stations <list>', 'only these stations, separated by commas')
    .option('--from <time>', 'only rows from this event time on (ISO)')
    .option('--until <time>', 'only rows before this event time (ISO)')
    .option('--wait', 'show the progress until it is registered or refused')
    .addHelpText('after', HELP)
    .action(async (file: string, _options: unknown, command: Command) => {
      const { hub, json, wait, ...options } = optionsOf<ImportOptions>(command)
      const body = await bodyOf(context, file, options)
      const api = context.connect(hub)
      const result = body.ok ? await api.post<StartedRunResource>('/api/v1/models/imports', body.value) : body
      const isJson = json === true
      const show = ({ id, isReused, version }: StartedRunResource): string =>
        isReused && version !== null
          ? `equal inputs: version ${version} of run ${id} is this model already`
          : `run ${id} judges the model; "fleetcast runs watch ${id}" shows its progress`
      if (!result.ok || wait !== true) return report(context, { result, isJson, show })
      return reportWatched(context, { hub, ...(isJson ? { json } : {}) }, result.value.id)
    })
}

async function bodyOf(
  { files }: CommandContext,
  file: string,
  { signature: signatureFile, stations, dataset, from, until }: Omit<ImportOptions, 'wait'>,
): Promise<Result<object, Refusal>> {
  const model = await files.readBytes(file)
  if (!model.ok) return model
  const text = await files.read(signatureFile)
  if (!text.ok) return text
  const signature = parseJson(text.value)
  if (signature === null) return refuse('import/signatureInvalid', `${signatureFile} is no JSON object`)
  const base64 = Buffer.from(model.value).toString('base64')
  return ok({ model: base64, signature, dataset, stations: stations?.split(','), from, until })
}

function parseJson(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}
