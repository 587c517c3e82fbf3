/** The real observations lie outside the project; where they are absent the tests that need them say so. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder =
  process.env['FLEETCAST_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))

export const realData = (name: string): string | null => {
  const file = join(folder, name)
  return existsSync(file) ? file : null
}
