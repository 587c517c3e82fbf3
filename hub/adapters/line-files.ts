import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { LineFiles } from '../ports/line-files.ts'

/** Lines of real files; written ones are on the disk when the promise resolves. */
export const lineFiles: LineFiles = {
  read: (file) => createInterface({ input: createReadStream(file), crlfDelay: Infinity }),
  write: async (file, lines) => {
    const handle = await open(file, 'w', 0o600)
    try {
      for await (const line of lines) await handle.write(`${line}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}
