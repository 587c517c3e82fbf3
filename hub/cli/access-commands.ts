/** Signing in from the command line, and users. */
import type { Command } from 'commander'
import type { InvitedUser, MadeTokenResource, UserResource } from '../api/resources/access.ts'
import { ok } from '@fleetcast/shared/result.ts'
import type { Api } from '../ports/api.ts'
import type { Credential, Credentials } from '../ports/credentials.ts'
import type { LineFiles } from '../ports/line-files.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { day, textTable } from './text-table.ts'

export type AccessContext = CommandContext & {
  readonly connectWith: (baseUrl: string, credential: Credential | null) => Api
  readonly credentials: Credentials
  /** The answer to a question that is not shown. */
  readonly askHidden: (question: string) => Promise<string>
  readonly lineFiles: LineFiles
  /** Name of the person at this machine, the default of --user. */
  readonly userName: string
}

type LoginOptions = { readonly user: string; readonly days: string; readonly ca?: string }

export function addAccessCommands(program: Command, context: AccessContext): void {
  program
    .command('login')
    .description('sign in with a password and keep a token for later commands')
    .option('--user <name>', 'who you are', context.userName)
    .option('--days <n>', 'how long the token lives', '90')
    .option('--ca <file>', "PEM of the authority that signed the hub's certificate")
    .addHelpText(
      'after',
      '\nThe password is asked for, or read from standard input; it is never an argument.\n\nExample:\n  fleetcast --hub https://hub.example:8443 login --user alice',
    )
    .action(async (_options: unknown, command: Command) => logIn(context, optionsOf<LoginOptions>(command)))
  program
    .command('logout')
    .description('revoke the kept token and forget it')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).post<{ id: string }>('/api/v1/tokens/current/revoke', {})
      const file = await context.credentials.keep(hub, null)
      const isJson = json === true
      report(context, { result, isJson, show: () => `signed out of ${hub}; ${file} holds no token for it` })
    })
  addUserCommands(program, context)
}

async function logIn(
  context: AccessContext,
  { hub, json, user, days, ca }: LoginOptions & { readonly hub: string; readonly json?: boolean },
): Promise<void> {
  const isJson = json === true
  const pem = ca === undefined ? ok(undefined) : await context.files.read(ca)
  if (!pem.ok) return report(context, { result: pem, isJson, show: () => '' })
  const authority = pem.value
  const password = await context.askHidden(`password of ${user}: `)
  const api = context.connectWith(
    hub,
    authority === undefined ? null : { user, token: '', certificateAuthority: authority },
  )
  const result = await api.post<MadeTokenResource>('/api/v1/tokens/sign-in', {
    user,
    password,
    name: `command line of ${context.userName}`,
    days: Number(days),
  })
  if (!result.ok) return report(context, { result, isJson, show: () => '' })
  const { token, id, expiresAt } = result.value
  const file = await context.credentials.keep(hub, { user, token, certificateAuthority: authority })
  const kept = { id, user, expiresAt, file }
  report(context, {
    result: ok(kept),
    isJson,
    show: () => `signed in as ${user} until ${day(expiresAt)}; the token lies in ${file}`,
  })
}

function addUserCommands(program: Command, context: AccessContext): void {
  const users = program.command('users').description('who may use the hub (for administrators)')
  users
    .command('list')
    .description('every user')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<UserResource[]>('/api/v1/users')
      report(context, { result, isJson: json === true, show: userTable })
    })
  users
    .command('add <name>')
    .description('add a user and print a one-time invitation link')
    .requiredOption('--role <role>', 'viewer, operator, releaser or admin')
    .addHelpText('after', '\nExample:\n  fleetcast users add alice --role operator')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { hub, json, role } = optionsOf<{ role: string }>(command)
      const result = await context.connect(hub).post<InvitedUser>('/api/v1/users', { name, role })
      report(context, { result, isJson: json === true, show: invitationText })
    })
  users
    .command('invite <name>')
    .description('a new link for a user whose link is old or whose password is forgotten')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const path = `/api/v1/users/${encodeURIComponent(name)}/invitation`
      const result = await context.connect(hub).post<InvitedUser>(path, {})
      report(context, { result, isJson: json === true, show: invitationText })
    })
  users
    .command('role <name> <role>')
    .description('give a user another role; sessions of the user end')
    .action(async (name: string, role: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const path = `/api/v1/users/${encodeURIComponent(name)}/role`
      const result = await context.connect(hub).put<UserResource>(path, { role })
      report(context, { result, isJson: json === true, show: (user) => `${user.name} is ${user.role}` })
    })
  users
    .command('disable <name>')
    .description('lock a user out: sessions end, tokens and links do not work')
    .option('--undo', 'let the user in again')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { hub, json, undo } = optionsOf<{ undo?: boolean }>(command)
      const path = `/api/v1/users/${encodeURIComponent(name)}/disabled`
      const result = await context.connect(hub).put<UserResource>(path, { isDisabled: undo !== true })
      const show = (user: UserResource): string =>
        `${user.name} ${user.isDisabled ? 'is locked out' : 'may enter again'}`
      report(context, { result, isJson: json === true, show })
    })
}

const invitationText = ({ user, link }: InvitedUser): string =>
  `${user.name} (${user.role}) sets a password here; the link works once, within 24 hours:\n${link}`

const userTable = (users: readonly UserResource[]): string =>
  textTable(
    ['USER', 'ROLE', 'STATE', 'SINCE'],
    users.map((user) => [user.name, user.role, userState(user), day(user.createdAt)]),
  )

function userState({ isDisabled, hasPassword, invitedUntil }: UserResource): string {
  if (isDisabled) return 'locked out'
  if (invitedUntil !== null) return hasPassword ? 'active, new link open' : 'invited'
  return hasPassword ? 'active' : 'never entered'
}
