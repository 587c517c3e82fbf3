/** Runs: what they do, how they end, and whether they come out the same again. */
import type { Command } from 'commander'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { RunDetail, RunResource } from '../api/resources/run.ts'
import { Reproduction } from '../registry/reproduction.ts'
import { optionsOf, report, type CommandContext, type GlobalOptions } from './command-context.ts'
import { runTable, runText, trialTable } from './run-text.ts'
import { EXIT } from './terminal.ts'
import { watchRun } from './watch-run.ts'

export function addRunCommands(program: Command, context: CommandContext): void {
  const runs = program.command('runs').description('training runs, each in a process of its own')
  runs
    .command('list')
    .description('every run with its state')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<RunResource[]>('/api/v1/runs')
      report(context, { result, isJson: json === true, show: runTable })
    })
  addReading(runs, context, {
    name: 'show',
    description: 'one run: what decided its outcome, how well it did, what it found',
    show: runText,
  })
  addReading(runs, context, {
    name: 'trials',
    description: 'every trial of its search that has ended, the winner marked',
    show: trialTable,
  })
  runs
    .command('watch <run>')
    .description('its progress until it ends; exit code 1 unless it succeeds')
    .addHelpText('after', '\nExample:\n  fleetcast runs watch 5f0c6f1e-7d0b-4a5e-9c43-1f2a3b4c5d6e')
    .action(async (id: string, _options: unknown, command: Command) =>
      reportWatched(context, optionsOf(command), id),
    )
  runs
    .command('cancel <run>')
    .description('end a run that is queued or running')
    .requiredOption('--reason <text>', 'kept in the log of events')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json, reason } = optionsOf<{ reason: string }>(command)
      const result = await context.connect(hub).post<RunResource>(`${pathOf(id)}/cancel`, { reason })
      report(context, { result, isJson: json === true, show: (run) => `run ${run.id} is ${run.state}` })
    })
  addReproduce(runs, context)
}

function addReproduce(runs: Command, context: CommandContext): void {
  runs
    .command('reproduce <run>')
    .description('train again from the same inputs, register nothing, and compare what comes out')
    .option('--wait', 'until it has ended; exit code 1 when it came out different')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast runs reproduce 5f0c6f1e-7d0b-4a5e-9c43-1f2a3b4c5d6e --wait',
    )
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = optionsOf<{ wait?: boolean }>(command)
      const result = await context.connect(options.hub).post<RunResource>(`${pathOf(id)}/reproduce`, {})
      if (result.ok && options.wait === true) return reportWatched(context, options, result.value.id)
      const show = (run: RunResource): string =>
        `run ${run.id} reproduces it; "fleetcast runs watch ${run.id}" shows how`
      return report(context, { result, isJson: options.json === true, show })
    })
}

const pathOf = (id: string): string => `/api/v1/runs/${encodeURIComponent(id)}`

type Reading = {
  readonly name: string
  readonly description: string
  readonly show: (run: RunDetail) => string
}

function addReading(runs: Command, context: CommandContext, { name, description, show }: Reading): void {
  runs
    .command(`${name} <run>`)
    .description(description)
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<RunDetail>(pathOf(id))
      report(context, { result, isJson: json === true, show })
    })
}

/** Waits for the run, says how it ended, and exits with 1 when that is not what was hoped for. */
export async function reportWatched(
  context: CommandContext,
  { hub, json }: GlobalOptions,
  id: string,
): Promise<void> {
  const isJson = json === true
  const ports = { api: context.connect(hub), display: isJson ? null : context.display, clock: context.clock }
  const result = await watchRun(ports, id)
  report(context, { result, isJson, show: runText })
  if (!isAsHoped(result)) context.exit(EXIT.refused)
}

function isAsHoped(result: Result<RunDetail, Refusal>): boolean {
  if (!result.ok) return true // report() has set the exit code
  const { state, kind, result: found } = result.value
  if (kind === 'reproduce' && Reproduction.safeParse(found).data?.verdict === 'different') return false
  return state === 'succeeded'
}
