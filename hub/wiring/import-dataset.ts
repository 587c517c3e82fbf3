/** An upload becomes a dataset of the store: recipe and sites in, snapshot into place, then its row and an event. */
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DatasetUpload } from '../api/api-ports.ts'
import type { DatasetReport } from '../datasets/dataset-report.ts'
import type { ImportedDataset } from '../datasets/import-table.ts'
import { appendEvents } from '../store/queries/events.ts'
import { findRecipe, insertDataset } from '../store/queries/recipes-and-datasets.ts'
import { listSites } from '../store/queries/sites-and-devices.ts'
import type { HubPorts } from './hub-ports.ts'

export type ImportPorts = Pick<HubPorts, 'store' | 'clock' | 'changes' | 'snapshots' | 'importer'>

/** Snapshot first, then its row: a crash in between leaves a file that the next import of the same data finds in place. */
export async function importDataset(
  ports: ImportPorts,
  upload: DatasetUpload,
): Promise<Result<ImportedDataset, Refusal>> {
  const { store, snapshots, importer } = ports
  const row = await findRecipe(store, upload.recipe)
  if (row === undefined) return refuse('recipe/notFound', `no recipe is named ${upload.recipe}`)
  const recipe = Recipe.parse(row.body)
  const sites = await listSites(store)
  const { onProgress, signal } = upload
  const keep = upload.isStored ? snapshots.adopt : null
  const imported = await importer.run({ ...upload, recipe, sites }, { keep, onProgress, signal })
  if (!imported.ok) return imported
  const digest = DatasetDigest.parse(imported.value.digest)
  const report = { ...imported.value.report, source: upload.source }
  if (upload.isStored) await recordDataset(ports, upload, { recipe, digest, report })
  return ok({ digest, report })
}

async function recordDataset(
  { store, clock, changes }: ImportPorts,
  { name }: DatasetUpload,
  { recipe, digest, report }: ImportedDataset & { readonly recipe: Recipe },
): Promise<void> {
  await insertDataset(store, { digest, name, recipe: recipe.name, report, createdAt: clock.now() })
  await appendEvents(store.db, store, [
    {
      at: clock.now(),
      eventTime: null,
      source: 'dataset',
      subject: name,
      code: 'dataset/imported',
      severity: 'info',
      message: importedText(name, report),
    },
  ])
  changes.announce('datasets', 'events')
}

const importedText = (name: string, report: DatasetReport): string =>
  `dataset ${name}: ${report.rows} rows of ${report.stations.length} stations${report.source === 'fleet' ? ' from their own readings' : ''}, ${report.findings.length} findings`
