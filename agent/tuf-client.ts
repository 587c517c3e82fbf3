#!/usr/bin/env node
/**
 * `fleetcast tuf-client`: our workflow behind the command line of the official TUF conformance suite.
 *   --metadata-dir D init ROOT_FILE
 *   --metadata-dir D --metadata-url U refresh
 *   --metadata-dir D --metadata-url U --target-name P... --target-base-url B --target-dir T download
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { parseArgs } from 'node:util'
import type { TargetFile } from '@tufjs/models'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import { openMetadataFolder } from '@fleetcast/shared/durable/metadata-folder.ts'
import { TufClient } from '@fleetcast/shared/trust/tuf-client.ts'
import { epochMs } from '@fleetcast/shared/units.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'metadata-dir': { type: 'string' },
    'metadata-url': { type: 'string' },
    'target-name': { type: 'string', multiple: true },
    'target-base-url': { type: 'string' },
    'target-dir': { type: 'string' },
  },
})

type Flag = Exclude<keyof typeof values, 'target-name'>

function needed(flag: Flag): string {
  const value = values[flag]
  if (value === undefined) throw new Error(`--${flag} is needed`)
  return value
}

const under = (base: string, path: string): string =>
  new URL(path, base.endsWith('/') ? base : `${base}/`).href

/** Null for what the server says it does not have; stops reading beyond the limit. */
async function download(url: string, bytesMax: number): Promise<Uint8Array | null> {
  const response = await fetch(url)
  if (response.status === 404 || response.status === 403) {
    await response.body?.cancel()
    return null
  }
  if (!response.ok || response.body === null) throw new Error(`${url}: HTTP ${response.status}`)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body) {
    bytes += part.length
    if (bytes > bytesMax) throw new Error(`${url}: more than ${bytesMax} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function run(): Promise<void> {
  const [command, file] = positionals
  const store = await openMetadataFolder(needed('metadata-dir'))
  if (command === 'init') return await store.write('root', await readFile(file ?? ''))
  const metadataUrl = needed('metadata-url')
  const client = new TufClient({
    store,
    source: { get: (name, bytesMax) => download(under(metadataUrl, name), bytesMax) },
    now: () => epochMs(Date.now()),
  })
  const { root } = await client.refresh()
  if (command === 'refresh') return
  if (command !== 'download') throw new Error(`${command ?? 'no command'}: it is init, refresh or download`)
  for (const path of values['target-name'] ?? []) {
    const target = await client.target(path)
    if (target === undefined) throw new Error(`${path}: no role lists this target`)
    await obtain(target, root.signed.consistentSnapshot)
  }
}

/** Fetches the target unless the folder holds it already. */
async function obtain(target: TargetFile, isConsistent: boolean): Promise<void> {
  const to = join(needed('target-dir'), encodeURIComponent(target.path))
  if (await isOnDisk(to, target)) return
  const { dir, base } = posix.parse(target.path)
  const name = isConsistent ? `${Object.values(target.hashes)[0]}.${base}` : base
  const bytes = await download(under(needed('target-base-url'), posix.join(dir, name)), target.length)
  if (bytes === null) throw new Error(`${target.path}: the server has no such file`)
  if (!fits(bytes, target)) throw new Error(`${target.path}: not the file that was signed`)
  await writeDurably(to, bytes)
}

async function isOnDisk(path: string, target: TargetFile): Promise<boolean> {
  try {
    return fits(await readFile(path), target)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false
    throw cause
  }
}

const fits = (bytes: Uint8Array, { length, hashes }: TargetFile): boolean =>
  bytes.length === length &&
  Object.entries(hashes).every(([name, hash]) => createHash(name).update(bytes).digest('hex') === hash)

try {
  await run()
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.stack : String(cause)}\n`)
  process.exitCode = 1
}
