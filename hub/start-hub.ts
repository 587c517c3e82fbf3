/** Builds the hub's adapters, starts its loops and stops them again; the program's main part for `fleetcast hub`. */
import { mkdir } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { createBlobFolder } from './adapters/blob-folder.ts'
import { createChangeHub } from './adapters/change-hub.ts'
import { watchEventLoop } from './adapters/event-loop-delay.ts'
import { createLog } from './adapters/pino-log.ts'
import { readRecipes } from './adapters/recipe-files.ts'
import { openSigningKey } from './adapters/signing-key-file.ts'
import { createImportProcess } from './adapters/import-process.ts'
import { createSnapshotFiles } from './adapters/snapshot-files.ts'
import { systemClock } from './adapters/system-clock.ts'
import { createTrainerProcess } from './adapters/trainer-process.ts'
import { readCodeIdentity } from './adapters/code-identity.ts'
import { createApp } from './api/app.ts'
import type { HubConfig } from './config/config.ts'
import { createHub } from './hub.ts'
import { NewerDatabaseError } from './store/assert-not-newer.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'

export type StartContext = {
  /** Folder of the built program: migrations, recipes, dashboard and trainer lie beside it. */
  readonly folder: string
  readonly interrupted: AbortSignal
}

const CHANGES_EVERY_MS = 500

/** Runs the hub until it is interrupted. */
export async function startHub(
  config: HubConfig,
  { folder, interrupted }: StartContext,
): Promise<Result<void, Refusal>> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 })
  const log = createLog(config.logLevel)
  const state = (name: string): string => join(config.stateDir, name)
  const opened = await openHubStore(config, {
    sqliteFile: state('hub.db'),
    migrations: join(folder, 'migrations'),
  })
  if (!opened.ok) return opened
  const store = opened.value
  const changes = createChangeHub(CHANGES_EVERY_MS)
  const eventLoop = watchEventLoop()
  const { signer, isNew } = await openSigningKey(state('signing-key.pem'))
  if (isNew) log.warn({ keyId: signer.keyId }, 'demo trust: a signing key was made and lies on this hub')
  const hub = await createHub({
    store,
    clock: systemClock,
    log,
    changes,
    signer,
    blobs: createBlobFolder(state('blobs')),
    snapshots: createSnapshotFiles(state('datasets')),
    importer: await createImportProcess({ program: join(folder, 'importer.js'), folder: state('imports') }),
    trainer: createTrainerProcess({
      program: join(folder, 'trainer.js'),
      folder: state('jobs'),
      minutesMax: config.trainingMinutesMax,
    }),
    recipes: await readRecipes(join(folder, 'recipes')),
    codeIdentity: await readCodeIdentity(
      join(folder, 'trainer.js'),
      join(folder, '..', '..', 'package-lock.json'),
    ),
    eventLoopP99Ms: eventLoop.p99Ms,
    rssMb: () => process.memoryUsage.rss() / 1_048_576,
    config,
  })
  if (!hub.ok) return closing(hub, () => store.close())
  const server = await listen(hub.value.apiPorts, config, join(folder, 'web'))
  if (!server.ok) return closing(server, async () => (await hub.value.stop(), store.close()))
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

/** A database that a newer hub has written is left alone. */
async function openHubStore(
  { database }: HubConfig,
  files: { readonly sqliteFile: string; readonly migrations: string },
): Promise<Result<Store, Refusal<'store/newerDatabase'>>> {
  try {
    return ok(await openStore({ database, ...files }))
  } catch (cause) {
    if (cause instanceof NewerDatabaseError) return refuse('store/newerDatabase', cause.message)
    throw cause
  }
}

async function closing<T>(
  result: Result<T, Refusal>,
  close: () => Promise<void>,
): Promise<Result<never, Refusal>> {
  await close()
  return result as Result<never, Refusal>
}

function listen(
  ports: Parameters<typeof createApp>[0],
  config: HubConfig,
  webFolder: string,
): Promise<Result<Server, Refusal>> {
  const app = createApp(ports, webFolder)
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: config.host, port: config.httpPort }, () =>
      resolve(ok(server as Server)),
    ) as Server
    server.on('error', (cause: NodeJS.ErrnoException) => {
      const isBusy = cause.code === 'EADDRINUSE'
      resolve(
        refuse(
          'hub/portBusy',
          isBusy ? `port ${config.httpPort} is in use; choose another with --port` : cause.message,
        ),
      )
    })
  })
}
