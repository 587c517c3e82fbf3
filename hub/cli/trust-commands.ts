/** `fleetcast trust`: the key ceremony, step by step. Signing needs no hub and no network. */
import type { Command } from 'commander'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { TrustStatus } from '../api/resources/trust.ts'
import type { Stage } from '../ports/stage-folder.ts'
import { openStage, signStage, type StagedFile } from '../signing/staged.ts'
import { optionsOf, report } from './command-context.ts'
import { openSigner, type KeyOptions } from './trust/open-keys.ts'
import { publishStage } from './trust/publish-stage.ts'
import { initTrust, rotateTrust, type InitOptions, type RotateOptions } from './trust/stage-ceremony.ts'
import { missingText, stageText } from './trust/staged-text.ts'
import { trustStatusText } from './trust/status-text.ts'
import type { SigningContext } from './trust/signing-context.ts'
import { wholeNumber } from './whole-number.ts'

const HOLDERS = ['root', 'release', 'image-online', 'director-online'] as const

export function addTrustCommands(program: Command, context: SigningContext): void {
  const trust = program.command('trust').description('keys: who may say what runs on the fleet')
  addInit(trust, context)
  addRotate(trust, context)
  addSign(trust, context)
  addStatus(trust, context)
  addPublish(trust, context)
}

function addInit(trust: Command, context: SigningContext): void {
  trust
    .command('init')
    .description('set up trust: a demo with all keys on the hub, or the first files of a key ceremony')
    .option('--demo', 'the hub makes and keeps every key, and says so')
    .option('--root <files...>', 'public keys of the people who hold root keys')
    .option('--root-threshold <n>', 'how many of them must sign', wholeNumber, 2)
    .option('--release <files...>', 'public keys that may release versions')
    .option('--release-threshold <n>', 'how many of them must sign', wholeNumber, 1)
    .option('--stage <folder>', 'where the files to be signed are put')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast trust init --demo\n  fleetcast trust init --root alice.pub.pem bob.pub.pem carol.pub.pem --root-threshold 2 --release ci.pub.pem --stage staged',
    )
    .action(async (_flags: unknown, command: Command) => {
      const options = optionsOf<InitOptions>(command)
      const result = await initTrust(context, options)
      report(context, { result, isJson: options.json === true, show: (text) => text })
    })
}

function addRotate(trust: Command, context: SigningContext): void {
  trust
    .command('rotate <what>')
    .description(`replace keys, or renew what expires: ${HOLDERS.join(', ')}`)
    .option('--root <files...>', 'public keys of all who hold root keys from now on')
    .option('--root-threshold <n>', 'how many of them must sign', wholeNumber, 2)
    .option('--release <files...>', 'public keys of all who may release from now on')
    .option('--release-threshold <n>', 'how many of them must sign', wholeNumber, 1)
    .option('--stage <folder>', 'where the files to be signed are put; without it demo trust rotates at once')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast trust rotate release --release ci2.pub.pem --stage staged\n  fleetcast trust rotate root --root alice.pub.pem bob.pub.pem dave.pub.pem --root-threshold 2 --stage staged\n  fleetcast trust rotate root --stage staged            the same keys, another year\n  fleetcast trust rotate image-online --stage staged    a new key on the hub',
    )
    .action(async (what: string, _flags: unknown, command: Command) => {
      const options = optionsOf<RotateOptions>(command)
      const holder = HOLDERS.find((known) => known === what)
      const result =
        holder === undefined
          ? refuse('trust/badHolder', `rotate one of ${HOLDERS.join(', ')}`)
          : await rotateTrust(context, holder, options)
      report(context, { result, isJson: options.json === true, show: (text) => text })
    })
}

function addSign(trust: Command, context: SigningContext): void {
  trust
    .command('sign <folder>')
    .description('show what is to be signed and add one signature; works on a machine without a network')
    .requiredOption(
      '--key <key>',
      'file:PRIVATE.pem, or exec:COMMAND (payload on its stdin, signature on its stdout)',
    )
    .option('--public <file>', 'the public key of the command')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast trust sign staged --key file:alice.pem\n  fleetcast trust sign staged --key exec:./sign-token.sh --public bob.pub.pem\nThe passphrase of a file is asked for, or read from FLEETCAST_KEY_PASSPHRASE.',
    )
    .action(async (folder: string, _flags: unknown, command: Command) => {
      const options = optionsOf<KeyOptions>(command)
      const result = await signFolder(context, folder, options)
      report(context, { result, isJson: options.json === true, show: (text) => text })
    })
}

async function signFolder(
  context: SigningContext,
  folder: string,
  options: KeyOptions,
): Promise<Result<string, Refusal>> {
  const stage = await readStage(context, folder)
  if (!stage.ok) return stage
  const opened = await openStage(stage.value)
  if (!opened.ok) return opened
  context.terminal.error(stageText(opened.value)) // before the key is touched; apart from the result on standard output
  const signer = await openSigner(context.keys, options)
  if (!signer.ok) return signer
  const signed = await signStage(stage.value, signer.value)
  if (!signed.ok) return signed
  await context.stage.write(folder, signed.value)
  const after = await openStage(signed.value)
  return after.ok
    ? ok(`signed with ${signer.value.key.keyID.slice(0, 8)}\n${nextStep(folder, after.value)}`)
    : after
}

function nextStep(folder: string, files: readonly StagedFile[]): string {
  const missing = missingText(files)
  return missing.length === 0
    ? `all signatures are there: "fleetcast trust publish ${folder}"`
    : ['signatures are missing:', ...missing.map((line) => `  ${line}`)].join('\n')
}

export async function readStage({ stage }: SigningContext, folder: string): Promise<Result<Stage, Refusal>> {
  const read = await stage.read(folder)
  return read === null
    ? refuse(
        'trust/noStage',
        `${folder} holds nothing to sign; "fleetcast trust init" or "rotate" with --stage fills it`,
      )
    : ok(read)
}

function addStatus(trust: Command, context: SigningContext): void {
  trust
    .command('status [folder]')
    .description('who has signed a staged folder and who is missing; without one, what the hub trusts')
    .addHelpText('after', '\nExamples:\n  fleetcast trust status\n  fleetcast trust status staged')
    .action(async (folder: string | undefined, _flags: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const isJson = json === true
      if (folder === undefined) {
        const result = await context.connect(hub).get<TrustStatus>('/api/v1/trust/status')
        return report(context, { result, isJson, show: trustStatusText })
      }
      const stage = await readStage(context, folder)
      const result = stage.ok ? await openStage(stage.value) : stage
      return report(context, {
        result,
        isJson,
        show: (files) => `${stageText(files)}\n${nextStep(folder, files)}`,
      })
    })
}

function addPublish(trust: Command, context: SigningContext): void {
  trust
    .command('publish <folder>')
    .description('check the signatures here, then let the hub check and publish')
    .addHelpText('after', '\nExample:\n  fleetcast trust publish staged')
    .action(async (folder: string, _flags: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const stage = await readStage(context, folder)
      const result = stage.ok ? await publishStage(context.connect(hub), stage.value) : stage
      report(context, { result, isJson: json === true, show: (text) => text })
    })
}
