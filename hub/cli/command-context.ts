/** What every API command shares: where the hub is, how to print, how to fail. */
import type { Command } from 'commander'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { Api } from '../ports/api.ts'
import type { Clock } from '../ports/clock.ts'
import type { ProgressDisplay } from '../ports/progress-display.ts'
import type { TextFiles } from '../ports/text-files.ts'
import { EXIT, type Terminal } from './terminal.ts'

export type CommandContext = {
  readonly connect: (baseUrl: string) => Api
  readonly terminal: Terminal
  readonly display: ProgressDisplay
  readonly clock: Pick<Clock, 'sleep'>
  readonly files: TextFiles
  readonly exit: (code: number) => void
}

export type GlobalOptions = { readonly hub: string; readonly json?: boolean }

/** Options of the command and of all its parents. */
export const optionsOf = <T>(command: Command): T & GlobalOptions =>
  command.optsWithGlobals() as T & GlobalOptions

/** Prints the value as JSON or by `show`; a refusal goes to the error stream and sets the exit code. */
export function report<T>(
  context: CommandContext,
  { result, isJson, show }: { result: Result<T, Refusal>; isJson: boolean; show: (value: T) => string },
): void {
  if (result.ok) {
    context.terminal.out(isJson ? JSON.stringify(result.value) : show(result.value))
    return
  }
  const { code, message, at } = result.error
  context.terminal.error(
    isJson ? JSON.stringify(result.error) : `${code}: ${message}${at === undefined ? '' : ` (at ${at})`}`,
  )
  if (SIGN_IN_CODES.includes(code) && !isJson) context.terminal.error('  fleetcast login --user NAME')
  context.exit(code === 'api/unreachable' ? EXIT.unreachable : EXIT.refused)
}

/** Answers with 401; the way on is to sign in. */
const SIGN_IN_CODES: readonly string[] = [
  'access/notSignedIn',
  'access/badToken',
  'access/expiredToken',
  'access/revokedToken',
]
