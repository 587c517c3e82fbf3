/** The words an operator types, in this process, and what the terminal showed. */
import { CommanderError } from 'commander'
import { createApiClient } from '../../../hub/adapters/api-client.ts'
import { createCredentials } from '../../../hub/adapters/credentials.ts'
import { createKeySources } from '../../../hub/adapters/key-sources.ts'
import { lineFiles } from '../../../hub/adapters/line-files.ts'
import { stageFolder } from '../../../hub/adapters/stage-folder.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { textFiles } from '../../../hub/adapters/text-files.ts'
import { createProgram } from '../../../hub/cli/program.ts'
import type { RunningHub } from '../running-hub.ts'

export type Said = {
  readonly out: string
  readonly error: string
  readonly bars: readonly string[]
  readonly exit: number
}

export async function typeCommand(
  hub: Pick<RunningHub, 'token' | 'httpPort' | 'folder'>,
  ...words: readonly string[]
): Promise<Said> {
  const said = { out: [] as string[], error: [] as string[], bars: [] as string[], exit: 0 }
  const { token, folder } = hub
  const credentials = createCredentials({ token, workFolder: folder, configFolder: folder })
  const program = createProgram({
    connect: (url) => createApiClient(url, credentials.find),
    connectWith: (url, credential) => createApiClient(url, () => Promise.resolve(credential)),
    credentials,
    askHidden: async () => '',
    lineFiles,
    userName: 'operator',
    keys: createKeySources({}),
    stage: stageFolder,
    clock: systemClock,
    defaultHub: `http://127.0.0.1:${hub.httpPort}`,
    terminal: {
      out: (text) => said.out.push(text),
      error: (text) => said.error.push(text),
      isInteractive: false,
    },
    display: {
      line: () => {},
      bar: (title, fraction) => said.bars.push(`${title} ${fraction.toFixed(2)}`),
      finish: () => {},
    },
    files: textFiles,
    exit: (code) => (said.exit = code),
    stopWithParent: () => {},
    runHub: async () => ({ ok: true, value: undefined }),
    runDemo: async () => ({ ok: true, value: undefined }),
    writeMosquitto: async () => ({ ok: false, error: { code: 'test/unused', message: '' } }),
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    said.exit = 2
  }
  return { ...said, out: said.out.join('\n'), error: said.error.join('\n') }
}
