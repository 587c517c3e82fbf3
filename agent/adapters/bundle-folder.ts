/** `blobs/<sha256>`, `bundles/<digest>/manifest.json`, `partial/<sha256>` below one folder. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BundleDigest, Sha256 } from '@fleetcast/shared/ids.ts'
import { syncFolder, writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import type { BundleFiles } from '../ports/bundle-files.ts'

export async function openBundleFolder(folder: string): Promise<BundleFiles> {
  const blobs = join(folder, 'blobs')
  const bundles = join(folder, 'bundles')
  const partials = join(folder, 'partial')
  for (const path of [blobs, bundles, partials]) await mkdir(path, { recursive: true })
  const partial = (digest: Sha256): string => join(partials, digest)
  const manifest = (bundle: BundleDigest): string => join(bundles, bundle, 'manifest.json')
  return {
    hasBlob: async (digest, bytes) => (await sizeOf(join(blobs, digest))) === bytes,
    readBlob: async (digest) => await readOrNull(join(blobs, digest)),
    removeBlob: async (digest) => await rm(join(blobs, digest), { force: true }),
    partialBytes: async (digest) => (await sizeOf(partial(digest))) ?? 0,
    appendPartial: async (digest, offset, bytes) => await append(partial(digest), offset, bytes),
    readPartial: async (digest) => await readFile(partial(digest)),
    finishPartial: async (digest) => {
      await rename(partial(digest), join(blobs, digest))
      await syncFolder(blobs)
    },
    dropPartial: async (digest) => await rm(partial(digest), { force: true }),
    readManifest: async (bundle) => await readOrNull(manifest(bundle)),
    writeManifest: async (bundle, bytes) => {
      await writeDurably(manifest(bundle), bytes)
      await syncFolder(bundles)
    },
    removeManifest: async (bundle) => await rm(join(bundles, bundle), { recursive: true, force: true }),
    list: async () => ({
      bundles: (await readdir(bundles)).filter(isDigest).map((name) => BundleDigest.parse(name)),
      blobs: (await readdir(blobs)).filter(isDigest).map((name) => Sha256.parse(name)),
      partials: (await readdir(partials)).filter(isDigest).map((name) => Sha256.parse(name)),
    }),
  }
}

const isDigest = (name: string): boolean => Sha256.safeParse(name).success

async function append(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'a+')
  try {
    await file.truncate(offset)
    await file.appendFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    return absentOrThrow(cause)
  }
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (cause) {
    return absentOrThrow(cause)
  }
}

function absentOrThrow(cause: unknown): null {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
  throw cause
}
