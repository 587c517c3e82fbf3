import { readFile } from 'node:fs/promises'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'

/** Writes and returns the text. */
export async function written(path: string, text: string, mode = 0o644): Promise<string> {
  await writeDurably(path, text, mode)
  return text
}

/** Null when there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}
