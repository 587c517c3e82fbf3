/** A database that a newer hub has written is left alone: this one does not know what its tables mean. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

const Journal = z.object({ entries: z.array(z.object({ when: z.number(), tag: z.string() })) })

/** Thrown at start; `message` says what to do. */
export class NewerDatabaseError extends Error {
  readonly code = 'store/newerDatabase'
}

/** Throws when the newest applied migration is younger than any this program brings. Drizzle itself would go on. */
export function assertNotNewer(migrationsFolder: string, database: string, appliedAt: number): void {
  const journal = Journal.parse(
    JSON.parse(readFileSync(join(migrationsFolder, 'meta', '_journal.json'), 'utf8')),
  )
  const newest = Math.max(0, ...journal.entries.map((entry) => entry.when))
  if (appliedAt <= newest) return
  throw new NewerDatabaseError(
    `${database} was written by a newer version of Fleetcast ` +
      `(migration of ${new Date(appliedAt).toISOString()}, this version knows ${new Date(newest).toISOString()}); ` +
      'start that version, or restore a copy from before the upgrade',
  )
}
