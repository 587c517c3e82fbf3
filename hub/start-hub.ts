/** Builds the hub's adapters, starts its loops and stops them again; the program's main part for `fleetcast hub`. */
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { openAuthorityFiles } from './adapters/authority-files.ts'
import { listenForApi } from './adapters/api-server.ts'
import { createBlobFolder } from './adapters/blob-folder.ts'
import { createChangeHub } from './adapters/change-hub.ts'
import { watchEventLoop } from './adapters/event-loop-delay.ts'
import { openHubClient } from './adapters/hub-client-files.ts'
import { createMqttLink } from './adapters/mqtt-link.ts'
import { openHubStore, rememberDatabase } from './adapters/hub-store.ts'
import { createLog } from './adapters/pino-log.ts'
import { readRecipes } from './adapters/recipe-files.ts'
import { createImportProcess } from './adapters/import-process.ts'
import { createSnapshotFiles } from './adapters/snapshot-files.ts'
import { systemClock } from './adapters/system-clock.ts'
import { createTrainerProcess } from './adapters/trainer-process.ts'
import { openTrustFolder } from './adapters/trust-folder.ts'
import { createCodeIdentity } from './adapters/code-identity.ts'
import { openAccess } from './open-access.ts'
import { createApp } from './api/app.ts'
import type { HubConfig } from './config/config.ts'
import { createHub } from './hub.ts'

export type StartContext = {
  /** Folder of the built program: migrations, recipes, dashboard and trainer lie beside it. */
  readonly folder: string
  readonly interrupted: AbortSignal
  /** Lines for the person who started it; they may hold one-time links and reach no log. */
  readonly tell: (line: string) => void
}

const CHANGES_EVERY_MS = 500

/** Runs the hub until it is interrupted. */
export async function startHub(
  config: HubConfig,
  { folder, interrupted, tell }: StartContext,
): Promise<Result<void, Refusal>> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 })
  const log = createLog(config.logLevel)
  const state = (name: string): string => join(config.stateDir, name)
  const opened = await openHubStore({ ...config, migrations: join(folder, 'migrations') })
  if (!opened.ok) return opened
  await rememberDatabase(config)
  const store = opened.value
  const changes = createChangeHub(CHANGES_EVERY_MS)
  const eventLoop = watchEventLoop()
  const { authority, isNew: isNewAuthority } = await openAuthorityFiles(state('trust'), config.hostNames)
  if (isNewAuthority)
    log.warn({ folder: state('trust') }, 'a fleet authority was made; keep a backup of its folder')
  const hub = await createHub({
    store,
    clock: systemClock,
    log,
    changes,
    authority,
    trustFiles: await openTrustFolder(state('trust')),
    blobs: createBlobFolder(state('blobs')),
    snapshots: createSnapshotFiles(state('datasets')),
    importer: await createImportProcess({ program: join(folder, 'importer.js'), folder: state('imports') }),
    trainer: await createTrainerProcess({
      program: join(folder, 'trainer.js'),
      folder: state('jobs'),
      minutesMax: config.trainingMinutesMax,
      memoryMbMax: config.trainingMemoryMbMax,
      log,
    }),
    recipes: await readRecipes(join(folder, 'recipes')),
    codeIdentity: createCodeIdentity({
      program: join(folder, 'trainer.js'),
      lockFile: join(folder, '..', '..', 'package-lock.json'),
    }),
    eventLoopP99Ms: eventLoop.p99Ms,
    rssMb: () => process.memoryUsage.rss() / 1_048_576,
    externalBroker:
      config.broker === null
        ? null
        : createMqttLink(config.broker, {
            credentials: await openHubClient(state('trust'), authority),
            seed: randomInt(2 ** 32),
          }),
    config,
  })
  if (!hub.ok) return closing(hub, () => store.close())
  const links = await openAccess(hub.value.apiPorts)
  const app = createApp(hub.value.apiPorts, join(folder, 'web'))
  const server = await listenForApi(app.fetch, config)
  if (!server.ok) return closing(server, async () => (await hub.value.stop(), store.close()))
  links.forEach(tell)
  log.info({ http: config.httpPort, mqtt: hub.value.mqttPort, store: store.engine }, 'the hub is up')
  await new Promise<void>((resolve) =>
    interrupted.aborted ? resolve() : interrupted.addEventListener('abort', () => resolve(), { once: true }),
  )
  server.value.closeAllConnections()
  server.value.close()
  await hub.value.stop()
  changes.close()
  eventLoop.stop()
  await store.close()
  return ok(undefined)
}

async function closing<T>(
  result: Result<T, Refusal>,
  close: () => Promise<void>,
): Promise<Result<never, Refusal>> {
  await close()
  return result as Result<never, Refusal>
}
