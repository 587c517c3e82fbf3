/** What the commands of signers need beside a hub: keys, and folders of files to sign. */
import type { KeySources } from '../../ports/key-sources.ts'
import type { StageFolder } from '../../ports/stage-folder.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CommandContext } from '../command-context.ts'

export type SigningContext = CommandContext & {
  readonly keys: KeySources
  readonly stage: StageFolder
  readonly clock: Pick<Clock, 'now'>
}
