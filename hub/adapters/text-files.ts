import { readFile, stat } from 'node:fs/promises'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { TextFiles } from '../ports/text-files.ts'

/** 100,000 ids with the longest names. */
const BYTES_MAX = 16 * 1024 * 1024

/** Real files, by the name the operator gave. */
export const textFiles: TextFiles = {
  read: async (file) => {
    const bytes = await readBytes(file)
    return bytes.ok ? ok(bytes.value.toString('utf8')) : bytes
  },
  readBytes,
  writePrivate: async (file, text) => {
    if (await exists(file)) return refuse('file/exists', `${file} is there already; name another file`)
    try {
      return ok(await writeDurably(file, text, 0o600))
    } catch (cause) {
      return refuse('file/unwritable', `${file} cannot be written: ${messageOf(cause)}`)
    }
  },
  exists,
}

async function readBytes(file: string): Promise<Result<Buffer, Refusal<'file/unreadable'>>> {
  try {
    if ((await stat(file)).size > BYTES_MAX)
      return refuse('file/unreadable', `${file} is larger than ${BYTES_MAX} bytes`)
    return ok(await readFile(file))
  } catch (cause) {
    return refuse('file/unreadable', `${file} cannot be read: ${messageOf(cause)}`)
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false
    throw cause
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
