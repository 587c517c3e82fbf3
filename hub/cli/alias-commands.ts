/** `fleetcast models aliases`: names that point to versions. A change says which revision it has seen. */
import type { Command } from 'commander'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { AliasEntryResource, AliasOutcomeResource, AliasResource } from '../api/resources/alias.ts'
import type { Api } from '../ports/api.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { textTable } from './text-table.ts'
import { wholeNumber } from './whole-number.ts'

type ChangeOptions = { readonly reason: string; readonly expect?: number }

export function addAliasCommands(models: Command, context: CommandContext): Command {
  const aliases = models.command('aliases').description('names that point to versions: champion, candidate')
  addReadingCommands(aliases, context)
  withChangeOptions(aliases.command('set <alias> <version>'))
    .description('point RECIPE@NAME to a version (its number, recipe@version, recipe@alias or digest)')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast models aliases set temperature-24h@candidate 3 --reason "best so far"',
    )
    .action(async (alias: string, version: string, _options: unknown, command: Command) => {
      await change(context, { alias, command }, (api, key, body) => {
        const named = /^\d{1,9}$/.test(version) ? `${key.recipe}@${version}` : version
        return api.put(pathOf(key), { ...body, version: named })
      })
    })
  withChangeOptions(aliases.command('restore <alias>'))
    .description('return it to its previous value; a second time goes forth again')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast models aliases restore temperature-24h@candidate --reason "reads high at sea"',
    )
    .action(async (alias: string, _options: unknown, command: Command) => {
      await change(context, { alias, command }, (api, key, body) => api.post(`${pathOf(key)}/restore`, body))
    })
  withChangeOptions(aliases.command('remove <alias>'))
    .description('take the name away; its history stays')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast models aliases remove temperature-24h@lts --reason "unused"',
    )
    .action(async (alias: string, _options: unknown, command: Command) => {
      await change(context, { alias, command }, (api, key, { expectedRevision, reason }) => {
        const query = new URLSearchParams({ expectedRevision: String(expectedRevision), reason })
        return api.delete(`${pathOf(key)}?${query}`)
      })
    })
  return aliases
}

const withChangeOptions = (command: Command): Command =>
  command
    .requiredOption('--reason <text>', 'why; kept in the history')
    .option(
      '--expect <revision>',
      'refuse unless this is its revision (default: what it is now)',
      wholeNumber,
    )

function addReadingCommands(aliases: Command, context: CommandContext): void {
  aliases
    .command('list')
    .description('every alias of a recipe')
    .option('--recipe <name>', 'the recipe', 'temperature-24h')
    .addHelpText('after', '\nExample:\n  fleetcast models aliases list --recipe temperature-24h')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, recipe } = optionsOf<{ recipe: string }>(command)
      const path = `/api/v1/recipes/${encodeURIComponent(recipe)}/aliases`
      const result = await context.connect(hub).get<AliasResource[]>(path)
      report(context, { result, isJson: json === true, show: aliasTable })
    })
  aliases
    .command('history <alias>')
    .description('every move of RECIPE@NAME, or of all aliases of RECIPE, newest first')
    .addHelpText('after', '\nExample:\n  fleetcast models aliases history temperature-24h@champion')
    .action(async (alias: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const [recipe = '', name] = alias.split('@')
      const result = await readHistory(context.connect(hub), { recipe, name })
      report(context, { result, isJson: json === true, show: historyTable })
    })
}

type Key = { readonly recipe: string; readonly name: string }

/** `temperature-24h@candidate`. */
export function parseAlias(text: string): Result<Key, Refusal<'alias/badName'>> {
  const [, recipe, name] = /^([^@]{1,63})@([^@]{1,31})$/.exec(text) ?? []
  return recipe === undefined || name === undefined
    ? refuse('alias/badName', 'name the alias as RECIPE@NAME, for example temperature-24h@candidate')
    : ok({ recipe, name })
}

export const pathOf = ({ recipe, name }: Key): string =>
  `/api/v1/recipes/${encodeURIComponent(recipe)}/aliases/${encodeURIComponent(name)}`

const readHistory = (
  api: Api,
  { recipe, name }: { readonly recipe: string; readonly name?: string | undefined },
): Promise<Result<AliasEntryResource[], Refusal>> =>
  api.get(
    `/api/v1/recipes/${encodeURIComponent(recipe)}/alias-history${
      name === undefined ? '' : `?name=${encodeURIComponent(name)}`
    }`,
  )

type Body = { readonly expectedRevision: number; readonly reason: string }
type Send = (api: Api, key: Key, body: Body) => Promise<Result<AliasOutcomeResource, Refusal>>

async function change(
  context: CommandContext,
  { alias, command }: { readonly alias: string; readonly command: Command },
  send: Send,
): Promise<void> {
  const { hub, json, reason, expect } = optionsOf<ChangeOptions>(command)
  const api = context.connect(hub)
  const result = await attempt()
  report(context, { result, isJson: json === true, show: (outcome) => outcomeText(alias, outcome) })

  async function attempt(): Promise<Result<AliasOutcomeResource, Refusal>> {
    const key = parseAlias(alias)
    if (!key.ok) return key
    const history = expect === undefined ? await readHistory(api, key.value) : ok([])
    if (!history.ok) return history
    const expectedRevision = expect ?? history.value[0]?.revision ?? 0
    return send(api, key.value, { expectedRevision, reason })
  }
}

function outcomeText(named: string, { alias, request }: AliasOutcomeResource): string {
  if (request !== null)
    return `${named} is protected: request ${request.id} waits for a second person ("fleetcast models aliases approve ${request.id}")`
  return alias === null
    ? `${named} points to nothing`
    : `${named} is version ${alias.version} (${shortDigest(alias.digest)}), revision ${alias.revision}`
}

const aliasTable = (aliases: readonly AliasResource[]): string =>
  textTable(
    ['ALIAS', 'VERSION', 'DIGEST', 'REVISION', 'SINCE', 'PROTECTED'],
    aliases.map((alias) => [
      alias.name,
      `v${alias.version}`,
      shortDigest(alias.digest),
      alias.revision,
      new Date(alias.updatedAt).toISOString().slice(0, 19),
      alias.isProtected ? 'yes' : 'no',
    ]),
  )

const historyTable = (entries: readonly AliasEntryResource[]): string =>
  textTable(
    ['AT', 'ALIAS', 'REVISION', 'KIND', 'FROM', 'TO', 'BY', 'REASON'],
    entries.map((entry) => [
      new Date(entry.at).toISOString().slice(0, 19),
      entry.name,
      entry.revision,
      entry.request === null ? entry.kind : `${entry.kind} (request ${entry.request})`,
      entry.from === null ? null : `v${entry.from.version}`,
      entry.to === null ? null : `v${entry.to.version}`,
      entry.by,
      entry.reason,
    ]),
  )
