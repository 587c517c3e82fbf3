import { and, desc, eq, type SQL } from 'drizzle-orm'
import type { Store } from '../store.ts'
import type { DatasetRow } from './recipes-and-datasets.ts'
import type { RunRow, VersionRow } from './runs-and-versions.ts'

export type VersionOrigin = {
  readonly version: Pick<VersionRow, 'recipe' | 'version' | 'digest' | 'deletedAt'>
  /** Null for a version that no run of this hub made. */
  readonly run: RunRow | null
  /** Null for a model that was made elsewhere. */
  readonly dataset: DatasetRow | null
}

/** Runs with their datasets and the versions they made, deleted ones too; of one dataset, or of all. Newest first. */
export async function listVersionOrigins(
  { db, t }: Store,
  { dataset }: { readonly dataset?: string },
): Promise<{ readonly runs: readonly RunRow[]; readonly versions: readonly VersionOrigin[] }> {
  const ofDataset: SQL | undefined = dataset === undefined ? undefined : eq(t.runs.dataset, dataset)
  const runs = await db.select().from(t.runs).where(and(ofDataset)).orderBy(desc(t.runs.createdAt))
  const datasets = new Map((await db.select().from(t.datasets)).map((row) => [row.digest, row]))
  const runById = new Map(runs.map((run) => [run.id, run]))
  const { recipe, version, digest, run, createdAt, deletedAt } = t.versions
  const versions = await db
    .select({ recipe, version, digest, run, deletedAt })
    .from(t.versions)
    .orderBy(desc(createdAt), desc(version))
  return {
    runs,
    versions: versions
      .filter((row) => dataset === undefined || runById.has(row.run))
      .map(({ run: id, ...row }) => {
        const run = runById.get(id) ?? null
        // A model made elsewhere was judged on the run's dataset, and trained on what only its author knows.
        const isOurs = run !== null && run.kind !== 'import'
        return { version: row, run, dataset: isOurs ? (datasets.get(run.dataset) ?? null) : null }
      }),
  }
}
