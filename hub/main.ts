/** The hub's program and the command line: builds the adapters and hands over. */
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createApiClient } from './adapters/api-client.ts'
import { createCredentials } from './adapters/credentials.ts'
import { readCredential } from './adapters/credentials-file.ts'
import { lineFiles } from './adapters/line-files.ts'
import { askHidden } from './adapters/hidden-prompt.ts'
import { demoFiles } from './adapters/demo-files.ts'
import { createKeySources } from './adapters/key-sources.ts'
import { createPrograms } from './adapters/programs.ts'
import { stageFolder } from './adapters/stage-folder.ts'
import { systemClock } from './adapters/system-clock.ts'
import { textFiles } from './adapters/text-files.ts'
import { createTerminalProgress } from './adapters/terminal-progress.ts'
import { writeMosquitto } from './adapters/write-mosquitto.ts'
import { runDemo } from './cli/demo/run-demo.ts'
import { createProgram } from './cli/program.ts'
import { EXIT } from './cli/terminal.ts'
import { startHub } from './start-hub.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())

// Whoever reads the output may have seen enough (`| head -1`): the rest goes nowhere, and the command ends as it would have.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'EPIPE') throw cause
})

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const out = (text: string): void => void process.stdout.write(`${text}\n`)
const credentials = createCredentials({
  token: process.env['FLEETCAST_TOKEN'],
  workFolder: process.cwd(),
  configFolder: process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'),
})

const program = createProgram({
  connect: (hub) => createApiClient(hub, credentials.find),
  connectWith: (hub, credential) => createApiClient(hub, () => Promise.resolve(credential)),
  credentials,
  askHidden,
  lineFiles,
  userName: userInfo().username,
  display: createTerminalProgress(process.stderr),
  files: textFiles,
  keys: createKeySources(process.env),
  stage: stageFolder,
  clock: systemClock,
  defaultHub: process.env['FLEETCAST_HUB'] ?? 'http://127.0.0.1:8080',
  terminal: {
    out,
    error: (text) => process.stderr.write(`${text}\n`),
    isInteractive: process.stdout.isTTY,
  },
  exit: (code) => {
    process.exitCode = code
  },
  stopWithParent: () => {
    process.stdin.once('end', () => interrupted.abort()).resume()
    process.stdin.unref() // a hub that has stopped does not wait for its parent
  },
  runHub: (config) => startHub(config, { folder: here('.'), interrupted: interrupted.signal, tell: out }),
  writeMosquitto: (options) => writeMosquitto(options, here('.')),
  runDemo: (options) =>
    runDemo(
      {
        clock: systemClock,
        display: createTerminalProgress(process.stdout),
        programs: createPrograms({ hub: here('main.js'), sim: here('../../firmware-sim/dist/main.js') }),
        files: demoFiles,
        connect: (hub, file) => createApiClient(hub, (url) => readCredential(file, url)),
        interrupted: interrupted.signal,
      },
      options,
    ),
})

try {
  await program.parseAsync(process.argv)
} catch (cause) {
  if (!(cause instanceof CommanderError)) throw cause
  process.exitCode = cause.exitCode === 0 ? EXIT.done : EXIT.usage
}
