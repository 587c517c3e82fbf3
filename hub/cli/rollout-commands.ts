import { lossText } from '@fleetcast/shared/recipe/metric.ts'
import type { Command } from 'commander'
import type { EventResource } from '../api/resources/overview.ts'
import type { RolloutResource } from '../api/resources/rollout.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { textTable } from './text-table.ts'

const OPERATIONS = {
  pause: 'open no further stage and judge nothing until resumed',
  resume: 'go on, gathering evidence again',
  abort: 'stop for good; stages that passed keep the version',
  rollback: 'give every station back what it served before',
} as const

export function addRolloutCommands(program: Command, context: CommandContext): void {
  const rollouts = program.command('rollouts').description('versions on their way through the fleet')
  rollouts
    .command('create <version>')
    .description('start a staged rollout of a registered version (its number, recipe@alias or digest)')
    .option('--recipe <name>', 'the recipe of a number', 'temperature-24h')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast rollouts create 2\n  fleetcast rollouts create temperature-24h@candidate',
    )
    .action(async (version: string, _options: unknown, command: Command) => {
      const { hub, json, recipe } = optionsOf<{ recipe: string }>(command)
      const result = await context.connect(hub).post<RolloutResource>('/api/v1/rollouts', {
        recipe,
        version: /^\d{1,9}$/.test(version) ? Number(version) : version,
      })
      report(context, { result, isJson: json === true, show: rolloutText })
    })
  rollouts
    .command('list')
    .description('every rollout, newest first')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<RolloutResource[]>('/api/v1/rollouts')
      report(context, { result, isJson: json === true, show: rolloutTable })
    })
  rollouts
    .command('status <id>')
    .description('stages, verdicts with their numbers, and what it waits for')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context
        .connect(hub)
        .get<RolloutResource>(`/api/v1/rollouts/${encodeURIComponent(id)}`)
      report(context, { result, isJson: json === true, show: rolloutText })
    })
  for (const [operation, description] of Object.entries(OPERATIONS))
    rollouts
      .command(`${operation} <id>`)
      .description(description)
      .requiredOption('--reason <text>', 'kept in the log of events')
      .action(async (id: string, _options: unknown, command: Command) => {
        const { hub, json, reason } = optionsOf<{ reason: string }>(command)
        const result = await context
          .connect(hub)
          .post<RolloutResource>(`/api/v1/rollouts/${encodeURIComponent(id)}/${operation}`, { reason })
        report(context, { result, isJson: json === true, show: rolloutText })
      })
  addEventCommand(program, context)
}

function addEventCommand(program: Command, context: CommandContext): void {
  program
    .command('events')
    .description('what happened, newest last')
    .option('--limit <n>', 'how many', '50')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, limit } = optionsOf<{ limit: string }>(command)
      const result = await context
        .connect(hub)
        .get<EventResource[]>(`/api/v1/events?limit=${encodeURIComponent(limit)}`)
      report(context, {
        result,
        isJson: json === true,
        show: (events) => events.map(eventText).reverse().join('\n'),
      })
    })
}

export const eventText = (event: EventResource): string =>
  `${new Date(event.at).toISOString().slice(0, 19)}Z  ${event.severity.padEnd(7)}  ${event.subject}: ${event.message}`

const rolloutTable = (rollouts: readonly RolloutResource[]): string =>
  textTable(
    ['ROLLOUT', 'VERSION', 'STATE', 'STAGES', 'REASON'],
    rollouts.map((rollout) => [
      rollout.id,
      `v${rollout.version}`,
      rollout.state,
      rollout.stages.map((stage) => `${stage.name}:${stage.state}`).join(' '),
      rollout.reason,
    ]),
  )

const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(100 * share).toFixed(1)} %`

/** A rollout as lines; each verdict stands with value, interval, margin and sample size. */
export function rolloutText(rollout: RolloutResource): string {
  const lines = rollout.stages.flatMap((stage) => [
    `  ${stage.name} (${stage.devices.join(', ')}): ${stage.state}${stage.verdict === null ? '' : `, verdict ${stage.verdict}`}`,
    ...stage.measurements.map(
      (m) =>
        `      against ${m.reference.length === 64 ? m.reference.slice(0, 12) : m.reference}: ${percent(m.relativeDifference)} [${percent(m.lower)}, ${percent(m.upper)}], margin ${percent(m.margin)}, ${m.days} days, ${m.pairs} pairs, error ${lossText(m.mae)} against ${lossText(m.referenceMae)}`,
    ),
    ...[...stage.reasons, ...stage.waitsFor].map((text) => `      ${text}`),
  ])
  return [
    `rollout ${rollout.id} of v${rollout.version}: ${rollout.state}${rollout.reason === '' ? '' : ` - ${rollout.reason}`}`,
    ...lines,
  ].join('\n')
}
