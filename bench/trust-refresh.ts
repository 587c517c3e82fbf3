/** Both repositories asked and verified over MQTT with mutual TLS; what is stored is synced to disk. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@fleetcast/agent/adapters/system-clock.ts'
import { metadataSource } from '@fleetcast/agent/trust/metadata-source.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { openMetadataFolder } from '@fleetcast/shared/durable/metadata-folder.ts'
import { DeviceTrust } from '@fleetcast/shared/trust/device-trust.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { FleetAuthority } from '../tests/hub/devices/fleet-authority.ts'
import { World } from '../tests/trust/fixture/world.ts'
import { median, NOTHING, openBenchHub, openStation, settings, type Station } from './trust-fleet.ts'

export const TARGETS = 203
export const REFRESHES = 25
const MODELS = Array.from({ length: TARGETS }, (_, n) => ({ line: 'rain', version: String(n + 1) }))

export type RefreshFigures = {
  readonly coldMs: number
  readonly nothingNewMs: number
  readonly newReleaseMs: number
  readonly targetsBytes: number
}

export async function measureRefresh(authority: FleetAuthority): Promise<RefreshFigures> {
  const world = new World()
  world.now = Date.now()
  const release = (): void => {
    world.now = Date.now()
    world.publish({ models: MODELS })
    world.order('bench-1', MODELS.slice(0, 1))
  }
  release()
  const hub = await openBenchHub(authority, {
    ...NOTHING,
    files: async (device, { repository, file, nonce = '' }) =>
      repository === 'image' ? (world.image.get(file) ?? null) : world.directorFile(device, file, nonce),
  })
  const station = await openStation(authority, hub.broker.port)
  const folder = await mkdtemp(join(tmpdir(), 'fleetcast-bench-'))
  try {
    const cold: number[] = []
    for (let n = 0; n < REFRESHES; n++)
      cold.push(await timed(await openTrust(world, { station, folder: join(folder, String(n)) })))
    const nothingNew: number[] = []
    const newRelease: number[] = []
    for (let n = 0; n < REFRESHES; n++) {
      // A new process on what is stored: only then are the stored files read and verified too.
      nothingNew.push(await timed(await openTrust(world, { station, folder: join(folder, '0') })))
      release()
      newRelease.push(await timed(await openTrust(world, { station, folder: join(folder, '0') })))
    }
    const targetsBytes = world.image.get(`${world.imageVersion}.targets.json`)!.length
    const [coldMs, nothingNewMs, newReleaseMs] = [median(cold), median(nothingNew), median(newRelease)]
    return { coldMs, nothingNewMs, newReleaseMs, targetsBytes }
  } finally {
    await station.close()
    await hub.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function timed(trust: DeviceTrust): Promise<number> {
  const startedAt = performance.now()
  const { models } = await trust.order()
  assert(models.length === 1, 'the order was followed')
  return performance.now() - startedAt
}

async function openTrust(world: World, { station, folder }: { station: Station; folder: string }) {
  const { channel, signal, device } = station
  const ports = { channel, clock: systemClock, settings, nextNumber: createCounter() }
  let floor = epochMs(0)
  return new DeviceTrust({
    device,
    hardware: 'generic',
    director: {
      store: await openMetadataFolder(join(folder, 'director')),
      bootstrapRoot: world.directorRoots.get('1.root.json')!,
      source: (nonce) => metadataSource(ports, { repository: 'director', nonce }, signal),
    },
    image: {
      store: await openMetadataFolder(join(folder, 'image')),
      bootstrapRoot: world.image.get('1.root.json')!,
      source: metadataSource(ports, { repository: 'image' }, signal),
    },
    memory: {
      timeFloor: () => floor,
      raiseTimeFloor: (to) => void (floor = to),
      directorKeysChanged: () => void (floor = epochMs(0)),
      epochFloor: () => 0,
    },
    clock: null,
  })
}

let requests = 0
const createCounter = () => () => requests++
