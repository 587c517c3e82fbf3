/**
 * Power loss at every file system call of the store: the calls of real refreshes are recorded, the power is cut after each of
 * them, and a new client starts on everything that may be left.
 */
import { mkdtemp, mkdir, readdir, rm as removeAll, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { openMetadataFolder } from '@fleetcast/shared/durable/metadata-folder.ts'
import { TrustError } from '@fleetcast/shared/trust/trust-error.ts'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { leftAfter, type DiskCall, type Left } from './fixture/crashing-disk.ts'
import { clientOf, memoryStore, served, type MemoryStore } from './fixture/device.ts'
import { makeKey, opened } from './fixture/keys.ts'
import { World, type Files } from './fixture/world.ts'

const disk = vi.hoisted(() => ({ calls: [] as DiskCall[] }))

/** Records, fakes nothing: every call goes to the real file system, and what changes it is written down. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const open: typeof real.open = async (path, flags, mode) => {
    const handle = await real.open(path, flags, mode)
    const name = basename(String(path))
    const { sync, writeFile: write } = handle
    handle.sync = async () => {
      await sync.call(handle)
      disk.calls.push(flags === 'r' ? { kind: 'syncFolder' } : { kind: 'sync', name })
    }
    handle.writeFile = async (content, options) => {
      disk.calls.push({ kind: 'write', name, bytes: Buffer.from(content as Uint8Array) })
      await write.call(handle, content, options)
    }
    return handle
  }
  const rename: typeof real.rename = async (from, to) => {
    disk.calls.push({ kind: 'rename', from: basename(String(from)), to: basename(String(to)) })
    await real.rename(from, to)
  }
  const rm: typeof real.rm = async (path, options) => {
    disk.calls.push({ kind: 'remove', name: basename(String(path)) })
    await real.rm(path, options)
  }
  return { ...real, open, rename, rm }
})

const MODEL = { line: 'rain', version: '1' }
const scratch = await mkdtemp(join(tmpdir(), 'fleetcast-power-'))
afterAll(async () => await removeAll(scratch, { recursive: true, force: true }))

/** What the store had promised when this many calls were made. */
type Promised = { readonly calls: number; readonly root: number; readonly timestamp: number }

type Recording = {
  readonly world: World
  readonly calls: readonly DiskCall[]
  readonly promises: readonly Promised[]
  /** The repository as it was before each step, for the attacker. */
  readonly past: readonly Files[]
}

/** First refresh, new release, fast-forward by a stolen key, rotation that undoes it, one more release. */
async function record(): Promise<Recording> {
  const world = new World()
  const folder = join(scratch, 'recorded')
  await mkdir(folder)
  const store = await openMetadataFolder(folder)
  const promises: Promised[] = []
  const past: Files[] = []
  disk.calls.length = 0
  const versionOf = async (role: string): Promise<number> => {
    const bytes = await store.read(role)
    return bytes === null ? 0 : Number(opened(bytes).signed['version'])
  }
  const noting = {
    ...store,
    write: async (role: string, bytes: Uint8Array) => {
      await store.write(role, bytes)
      promises.push({
        calls: disk.calls.length,
        root: await versionOf('root'),
        timestamp: await versionOf('timestamp'),
      })
    },
    remove: async (role: string) => {
      // From here on the old timestamp may be gone: 5.3.11.
      if (role === 'timestamp')
        promises.push({ calls: disk.calls.length, root: await versionOf('root'), timestamp: 0 })
      await store.remove(role)
    },
  }
  const steps = [
    () => world.publish({ models: [MODEL] }),
    () => world.publish({ models: [MODEL] }),
    () => world.publish({ models: [MODEL], version: 9_000, targetsVersion: 3 }),
    () => {
      world.imageOnline = makeKey()
      world.rotate()
      world.publish({ models: [MODEL], version: 4 })
    },
    () => world.publish({ models: [MODEL] }),
  ]
  for (const step of steps) {
    past.push(new Map(world.image))
    step()
    await clientOf(world, { store: noting }).refresh()
  }
  return { world, calls: [...disk.calls], promises, past }
}

/** Cuts the power after every call; the sentences say what was lost. */
async function cutEverywhere({ world, calls, promises, past }: Recording, sample = 1): Promise<string[]> {
  const wrong: string[] = []
  for (let made = 0; made <= calls.length; made += sample) {
    const promised = promises.findLast(({ calls: needed }) => needed <= made) ?? { root: 0, timestamp: 0 }
    for (const left of distinct(leftAfter(calls.slice(0, made)))) {
      const say = (what: string): void =>
        void wrong.push(`after ${made} calls (${[...left.keys()].join()}): ${what}`)
      const versions = survivors(left)
      if (versions.root < promised.root) say(`root ${versions.root} where ${promised.root} was stored`)
      if (versions.timestamp < promised.timestamp && versions.root <= promised.root)
        say(`timestamp ${versions.timestamp} where ${promised.timestamp} was stored`)
      const store = restored(left)
      for (const old of past) {
        const replayed = await outcomeOf(
          clientOf(world, { store: restored(left), source: served(old) }).refresh(),
        )
        if (replayed !== null && replayed.root <= promised.root && replayed.timestamp < promised.timestamp)
          say(`it followed timestamp ${replayed.timestamp} after ${promised.timestamp}`)
      }
      if ((await outcomeOf(clientOf(world, { store }).refresh())) === null)
        say('it refuses the honest repository')
    }
  }
  return wrong
}

async function outcomeOf(refresh: ReturnType<ReturnType<typeof clientOf>['refresh']>) {
  try {
    const { root, timestamp } = await refresh
    return { root: root.signed.version, timestamp: timestamp.signed.version }
  } catch (cause) {
    if (cause instanceof TrustError) return null
    throw cause
  }
}

/** What a restart finds: half-written files carry another name and are not looked at. */
function restored(left: Left): MemoryStore {
  const store = memoryStore()
  for (const [name, bytes] of left)
    if (!name.endsWith('.tmp')) store.files.set(decodeURIComponent(name.replace(/\.json$/, '')), bytes)
  return store
}

/** Versions that a reader of the folder still finds; 0 for a file that is gone or torn. */
function survivors(left: Left) {
  const versionOf = (role: string): number => {
    const text = Buffer.from(left.get(`${role}.json`) ?? []).toString()
    return text.endsWith('}}') ? Number(opened(Buffer.from(text)).signed['version']) : 0
  }
  return { root: versionOf('root'), timestamp: versionOf('timestamp') }
}

function distinct(states: readonly Left[]): Left[] {
  const keyOf = (left: Left): string =>
    [...left]
      .map(([name, bytes]) => `${name}:${bytes.length}:${opens(bytes)}`)
      .sort()
      .join()
  return [...new Map(states.map((left) => [keyOf(left), left])).values()]
}

const opens = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 60)).toString('hex')

describe('power loss', () => {
  test('after any call of the store a new client starts, and goes back behind nothing that was stored', async () => {
    const recording = await record()
    expect(new Set(recording.calls.map(({ kind }) => kind))).toEqual(
      new Set(['write', 'sync', 'rename', 'syncFolder', 'remove']),
    )
    expect(await cutEverywhere(recording)).toEqual([])
    for (const omitted of ['sync', 'syncFolder'] as const) {
      const careless = recording.calls.map((call): DiskCall => (call.kind === omitted ? NOTHING : call))
      const found = await cutEverywhere({ ...recording, calls: careless.slice(0, 30) })
      expect(found.length, `without ${omitted}`).toBeGreaterThan(0)
    }
  }, 120_000)

  test('what was half written is swept away at the next start', async () => {
    const folder = join(scratch, 'swept')
    await mkdir(folder)
    await writeFile(join(folder, 'root.json.0123456789ab.tmp'), '{')
    const store = await openMetadataFolder(folder)
    expect(await readdir(folder)).toEqual([])
    expect(await store.read('root')).toBe(null)
  })
})

/** A call without effect keeps the places of the others. */
const NOTHING: DiskCall = { kind: 'sync', name: '' }
