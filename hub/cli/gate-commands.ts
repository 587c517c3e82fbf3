/** `fleetcast models gates`: the way past a failed gate, which takes two people and stays visible. */
import type { Command } from 'commander'
import type { GateOverrideResource } from '../api/resources/gates.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import type { ModelResource } from '../api/resources/model.ts'
import { overrideText, weakerLines } from './model-text.ts'
import { parseNamedVersion } from './named-version.ts'
import { textTable } from './text-table.ts'

const DECISIONS = {
  approve: 'let a version go on in spite of the gate; never your own request',
  reject: 'refuse it; it may be asked again',
} as const

export function addGateCommands(models: Command, context: CommandContext): void {
  const gates = models.command('gates').description('overrides of failed gates')
  gates
    .command('list')
    .description(
      'every override that was ever asked for, and the versions judged by weaker limits than the defaults',
    )
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const api = context.connect(hub)
      const result = await api.get<GateOverrideResource[]>('/api/v1/gate-overrides')
      report(context, { result, isJson: json === true, show: overrideTable })
      if (!result.ok || json === true) return
      const models = await api.get<ModelResource[]>('/api/v1/models')
      if (models.ok && models.value.some(isWeaker)) context.terminal.out(weakerTable(models.value))
    })
  gates
    .command('override <version> <gate>')
    .description('ask that a version may go on in spite of a failed gate')
    .requiredOption('--reason <text>', 'why; it stays with the version')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast models gates override temperature-24h@3 slices --reason "the one bad site is closed"',
    )
    .action(async (named: string, gate: string, _options: unknown, command: Command) => {
      const { hub, json, reason } = optionsOf<{ reason: string }>(command)
      const version = parseNamedVersion(named)
      const result = version.ok
        ? await context
            .connect(hub)
            .post<GateOverrideResource>('/api/v1/gate-overrides', { ...version.value, gate, reason })
        : version
      report(context, {
        result,
        isJson: json === true,
        show: ({ id }) => `asked; somebody else decides with "fleetcast models gates approve ${id}"`,
      })
    })
  for (const [decision, description] of Object.entries(DECISIONS))
    gates
      .command(`${decision} <id>`)
      .description(description)
      .requiredOption('--reason <text>', 'why; it stays with the version')
      .addHelpText(
        'after',
        `\nExample:\n  fleetcast models gates ${decision} 0b7c8e52-... --reason "seen the plots of the site"`,
      )
      .action(async (id: string, _options: unknown, command: Command) => {
        const { hub, json, reason } = optionsOf<{ reason: string }>(command)
        const path = `/api/v1/gate-overrides/${encodeURIComponent(id)}/${decision}`
        const result = await context.connect(hub).post<GateOverrideResource>(path, { reason })
        report(context, { result, isJson: json === true, show: overrideText })
      })
}

const isWeaker = (model: ModelResource): boolean => weakerLines(model).length > 0

const weakerTable = (models: readonly ModelResource[]): string =>
  models
    .filter(isWeaker)
    .map((model) => `${model.recipe}@${model.version} ${weakerLines(model).join()}`)
    .join('\n')

const overrideTable = (overrides: readonly GateOverrideResource[]): string =>
  textTable(
    ['OVERRIDE', 'VERSION', 'GATE', 'STATE', 'ASKED BY', 'REASON', 'DECIDED BY', 'BECAUSE'],
    overrides.map((one) => [
      one.id,
      `${one.recipe}@${one.version}`,
      one.gate,
      one.state,
      one.requestedBy,
      one.reason,
      one.decidedBy,
      one.decisionReason,
    ]),
  )
