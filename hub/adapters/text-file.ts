import { readFile } from 'node:fs/promises'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

/** Reads a small text file that somebody named on the command line. */
export async function readText(file: string): Promise<Result<string, Refusal<'file/unreadable'>>> {
  try {
    return ok(await readFile(file, 'utf8'))
  } catch (cause) {
    return refuse('file/unreadable', cause instanceof Error ? cause.message : `${file} cannot be read`)
  }
}
