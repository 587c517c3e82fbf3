/** API tokens from the command line. */
import type { Command } from 'commander'
import type { MadeTokenResource, TokenResource } from '../api/resources/access.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { day, textTable } from './text-table.ts'

type TokenOptions = {
  readonly name: string
  readonly role?: string
  readonly days: string
  readonly user?: string
}

export function addTokenCommands(program: Command, context: CommandContext): void {
  const tokens = program.command('tokens').description('API tokens for programs')
  tokens
    .command('create')
    .description('make a token; it is printed this one time')
    .requiredOption('--name <name>', 'what it is for')
    .option('--role <role>', 'what it may do at most (default: your own role)')
    .option('--days <n>', 'how long it lives, up to 366', '30')
    .option('--user <name>', "another user's (for administrators)")
    .addHelpText('after', '\nExample:\n  fleetcast tokens create --name ci --role releaser --days 30')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, name, role, days, user } = optionsOf<TokenOptions>(command)
      const body = { name, role, user, days: Number(days) }
      const result = await context.connect(hub).post<MadeTokenResource>('/api/v1/tokens', body)
      report(context, { result, isJson: json === true, show: (made) => made.token })
    })
  tokens
    .command('list')
    .description('your tokens; for administrators everybody’s')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<TokenResource[]>('/api/v1/tokens')
      report(context, { result, isJson: json === true, show: tokenTable })
    })
  tokens
    .command('revoke <id>')
    .description('end a token at once')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const path = `/api/v1/tokens/${encodeURIComponent(id)}/revoke`
      const result = await context.connect(hub).post<{ id: string }>(path, {})
      report(context, { result, isJson: json === true, show: (token) => `token ${token.id} is revoked` })
    })
}

const tokenTable = (tokens: readonly TokenResource[]): string =>
  textTable(
    ['TOKEN', 'USER', 'NAME', 'ROLE', 'UNTIL', 'USED'],
    tokens.map((token) => [
      token.id,
      token.user,
      token.name,
      token.role,
      token.revokedAt === null ? day(token.expiresAt) : 'revoked',
      token.usedAt === null ? 'never' : day(token.usedAt),
    ]),
  )
