/** Which aliases need a second person, and what that person decides. */
import type { Command } from 'commander'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { AliasRequestResource } from '../api/resources/alias.ts'
import { parseAlias, pathOf } from './alias-commands.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { textTable } from './text-table.ts'

type Reasoned = { readonly reason: string }
type Protected = { readonly recipe: string; readonly name: string; readonly isProtected: boolean }

export function addAliasRequestCommands(aliases: Command, context: CommandContext): void {
  addProtection(aliases, context, {
    verb: 'protect',
    isProtected: true,
    description: 'changes of RECIPE@NAME need a second person from now on',
  })
  addProtection(aliases, context, {
    verb: 'unprotect',
    isProtected: false,
    description: 'changes of RECIPE@NAME need no second person any more',
  })
  aliases
    .command('requests')
    .description('changes of protected aliases that wait for a second person')
    .option('--all', 'those that are decided, too')
    .addHelpText('after', '\nExample:\n  fleetcast models aliases requests --all')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, all } = optionsOf<{ all?: boolean }>(command)
      const path = `/api/v1/alias-requests${all === true ? '' : '?state=open'}`
      const result = await context.connect(hub).get<AliasRequestResource[]>(path)
      report(context, { result, isJson: json === true, show: requestTable })
    })
  addDecision(aliases, context, { verb: 'approve', description: 'agree to the request of somebody else' })
  addDecision(aliases, context, { verb: 'reject', description: 'refuse a request, or take back your own' })
}

function addProtection(
  aliases: Command,
  context: CommandContext,
  { verb, isProtected, description }: { verb: string; isProtected: boolean; description: string },
): void {
  aliases
    .command(`${verb} <alias>`)
    .description(description)
    .requiredOption('--reason <text>', 'kept in the log of events')
    .addHelpText(
      'after',
      `\nExample:\n  fleetcast models aliases ${verb} temperature-24h@lts --reason "ships"`,
    )
    .action(async (alias: string, _options: unknown, command: Command) => {
      const { hub, json, reason } = optionsOf<Reasoned>(command)
      const key = parseAlias(alias)
      const result: Result<Protected, Refusal> = key.ok
        ? await context.connect(hub).put(`${pathOf(key.value)}/protection`, { isProtected, reason })
        : key
      const said = isProtected ? 'is protected' : 'is not protected'
      report(context, { result, isJson: json === true, show: () => `${alias} ${said}` })
    })
}

function addDecision(
  aliases: Command,
  context: CommandContext,
  { verb, description }: { verb: string; description: string },
): void {
  aliases
    .command(`${verb} <request>`)
    .description(description)
    .requiredOption('--reason <text>', 'kept with the request')
    .addHelpText('after', `\nExample:\n  fleetcast models aliases ${verb} 4 --reason "seen the evidence"`)
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json, reason } = optionsOf<Reasoned>(command)
      const path = `/api/v1/alias-requests/${encodeURIComponent(id)}/${verb}`
      const result = await context.connect(hub).post<AliasRequestResource>(path, { reason })
      report(context, {
        result,
        isJson: json === true,
        show: (request) => `request ${request.id} (${request.recipe}@${request.name}) is ${request.state}`,
      })
    })
}

const requestTable = (requests: readonly AliasRequestResource[]): string =>
  textTable(
    ['REQUEST', 'ALIAS', 'CHANGE', 'TO', 'ASKED BY', 'REASON', 'STATE', 'DECIDED BY'],
    requests.map((request) => [
      request.id,
      `${request.recipe}@${request.name}`,
      request.kind,
      request.to === null ? null : `v${request.to.version}`,
      request.requestedBy,
      request.reason,
      request.state,
      request.decidedBy,
    ]),
  )
