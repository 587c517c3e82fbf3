/** The real program against a real server, killed without warning at random points of its refresh, again and again. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRandom } from '@fleetcast/shared/random.ts'
import { afterAll, expect, test } from 'vitest'
import { makeKey, opened } from './fixture/keys.ts'
import { World } from './fixture/world.ts'

const PROGRAM = fileURLToPath(new URL('../../agent/dist/tuf-client.js', import.meta.url))
const SEED = 7
const KILLS = 15
const MODEL = { line: 'rain', version: '1' }

const folder = mkdtempSync(join(tmpdir(), 'fleetcast-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const world = new World()
world.now = Date.now()

/** Called with the number of every request that was answered. */
let onAnswer = (_request: number): void => {}
let requests = 0

async function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const bytes = world.image.get(decodeURIComponent((request.url ?? '').slice(1)))
    response.writeHead(bytes === undefined ? 404 : 200)
    response.end(bytes, () => onAnswer(++requests))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

/** Null for a process that was killed. */
async function run(args: readonly string[], killWhen?: (kill: () => void) => void): Promise<number | null> {
  const child = spawn(process.execPath, [PROGRAM, '--metadata-dir', folder, ...args], { stdio: 'ignore' })
  requests = 0
  killWhen?.(() => child.kill('SIGKILL'))
  const [code] = (await once(child, 'exit')) as [number | null]
  onAnswer = () => {}
  return code
}

function versionOf(role: string): number {
  const path = join(folder, `${role}.json`)
  return existsSync(path) ? Number(opened(readFileSync(path)).signed['version']) : 0
}

test('a client that is killed at any moment starts again and goes back behind nothing', async () => {
  const server = await serve()
  const { port } = server.address() as AddressInfo
  const refresh = ['--metadata-url', `http://127.0.0.1:${port}`, 'refresh']
  const random = createRandom(SEED)
  try {
    world.publish({ models: [MODEL] })
    const root = join(folder, 'enrolled-root')
    writeFileSync(root, world.image.get('1.root.json')!)
    expect(await run(['init', root])).toBe(0)
    let killed = 0
    for (let n = 0; n < KILLS; n++) {
      const before = { root: versionOf('root'), timestamp: versionOf('timestamp') }
      if (random.next() < 0.3) {
        world.imageOnline = makeKey()
        world.rotate()
      }
      const isRotated = before.root < world.rootVersion
      world.publish({ models: [MODEL] })
      // 404 of the next root, timestamp, snapshot, targets; and what is written after each.
      const [at, delay] = [1 + random.integer(4), random.integer(12)]
      const code = await run(refresh, (kill) => {
        onAnswer = async (request) => {
          if (request !== at) return
          await pause(delay)
          kill()
        }
      })
      if (code === null) killed++
      const after = { root: versionOf('root'), timestamp: versionOf('timestamp') }
      expect(after.root).toBeGreaterThanOrEqual(before.root)
      // 5.3.11 drops what the old keys signed before the new root is stored; nothing else may.
      if (!isRotated || after.timestamp > 0) expect(after.timestamp).toBeGreaterThanOrEqual(before.timestamp)
    }
    expect(killed).toBeGreaterThan(KILLS / 3)
    expect(await run(refresh)).toBe(0)
    expect(versionOf('root')).toBe(world.rootVersion)
    expect(versionOf('timestamp')).toBe(world.imageVersion)
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  } finally {
    server.close()
    server.closeAllConnections()
  }
}, 240_000)
