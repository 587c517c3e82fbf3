/** `fleetcast release`: which registered versions may run. Without --key and --stage the hub of demo trust signs. */
import type { Command } from 'commander'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ReleaseResource } from '../api/resources/trust.ts'
import { optionsOf, report, type GlobalOptions } from './command-context.ts'
import { parseNamedVersion } from './named-version.ts'
import { textTable } from './text-table.ts'
import { draftRelease, draftRevocation, finishList, type ListOptions } from './trust/sign-release.ts'
import type { SigningContext } from './trust/signing-context.ts'
import { wholeNumber } from './whole-number.ts'

type PublishOptions = GlobalOptions &
  ListOptions & {
    readonly epoch: number
    readonly hardware: readonly string[]
  }
type RevokeOptions = GlobalOptions & ListOptions & { readonly reason: string }

export function addReleaseCommands(program: Command, context: SigningContext): void {
  const release = program.command('release').description('which versions may run')
  addPublish(release, context)
  addRevoke(release, context)
  release
    .command('list')
    .description('every registered version and what the release key says of it')
    .action(async (_flags: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<ReleaseResource[]>('/api/v1/releases')
      report(context, { result, isJson: json === true, show: releaseTable })
    })
}

const withKeyOptions = (command: Command): Command =>
  command
    .option('--key <key>', 'file:PRIVATE.pem or exec:COMMAND: sign and publish at once')
    .option('--public <file>', 'the public key of the command')
    .option(
      '--stage <folder>',
      'only write the draft, for several people to sign with "fleetcast trust sign"',
    )

function addPublish(release: Command, context: SigningContext): void {
  withKeyOptions(release.command('publish <version>'))
    .description('release a registered version: check its files, sign the list, publish it')
    .option('--epoch <n>', 'raise it only when older versions must never run again', wholeNumber, 1)
    .option('--hardware <kinds...>', 'kinds of device that may run it', ['*'])
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast release publish temperature-24h@3 --key file:ci.pem\n  fleetcast release publish temperature-24h@3 --epoch 2 --key exec:./sign-kms.sh --public ci.pub.pem\n  fleetcast release publish temperature-24h@3 --stage staged',
    )
    .action(async (named: string, _flags: unknown, command: Command) => {
      const options = optionsOf<PublishOptions>(command)
      const result = await publish(context, named, options)
      report(context, { result, isJson: options.json === true, show: (text) => text })
    })
}

async function publish(
  context: SigningContext,
  named: string,
  options: PublishOptions,
): Promise<Result<string, Refusal>> {
  const version = parseNamedVersion(named)
  if (!version.ok) return version
  const api = context.connect(options.hub)
  const { epoch, hardware } = options
  const wish = { ...version.value, epoch, hardware }
  if (isDemoCall(options)) return said(await api.post('/api/v1/releases/demo', wish), `released ${named}`)
  const draft = await draftRelease(context, api, wish)
  return draft.ok ? finishList(context, { api, draft: draft.value, options }) : draft
}

function addRevoke(release: Command, context: SigningContext): void {
  withKeyOptions(release.command('revoke <version>'))
    .description('say that a released version must not be installed any more')
    .requiredOption('--reason <text>', 'why, for everybody to read')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast release revoke temperature-24h@3 --reason "reads 2 C high at sea" --key file:ci.pem\n  fleetcast rollouts rollback 3-temperature-24h --reason "revoked"    takes it off the devices that run it',
    )
    .action(async (named: string, _flags: unknown, command: Command) => {
      const options = optionsOf<RevokeOptions>(command)
      const result = await revoke(context, named, options)
      report(context, { result, isJson: options.json === true, show: (text) => text })
    })
}

async function revoke(
  context: SigningContext,
  named: string,
  options: RevokeOptions,
): Promise<Result<string, Refusal>> {
  const parsed = parseNamedVersion(named)
  if (!parsed.ok) return parsed
  const { recipe, version } = parsed.value
  const api = context.connect(options.hub)
  const { reason } = options
  if (isDemoCall(options)) {
    const body = { recipe, version, reason }
    return said(await api.post('/api/v1/releases/demo/revocations', body), `revoked ${named}`)
  }
  const draft = await draftRevocation(context, api, { path: `${recipe}/${version}`, reason })
  return draft.ok ? finishList(context, { api, draft: draft.value, options }) : draft
}

const isDemoCall = ({ key, stage }: ListOptions): boolean => key === undefined && stage === undefined

const said = (result: Result<unknown, Refusal>, text: string): Result<string, Refusal> =>
  result.ok ? ok(text) : result

const releaseTable = (releases: readonly ReleaseResource[]): string =>
  textTable(
    ['RECIPE', 'VERSION', 'BUNDLE', 'STATE', 'EPOCH', 'HARDWARE', 'REASON'],
    releases.map(({ recipe, version, digest, state, epoch, hardware, reason }) => [
      recipe,
      version,
      shortDigest(digest),
      state,
      epoch,
      hardware.join(' '),
      reason ?? '',
    ]),
  )
