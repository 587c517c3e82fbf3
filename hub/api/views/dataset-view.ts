import { ok, refuse } from '@fleetcast/shared/result.ts'
import { DatasetReport } from '../../datasets/dataset-report.ts'
import { findDataset, type DatasetRow } from '../../store/queries/recipes-and-datasets.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import type { DatasetResource } from '../resources/dataset.ts'

/** One dataset by digest or the start of it. */
export async function datasetByDigest(
  { store }: Pick<ApiPorts, 'store'>,
  digest: string,
): Promise<DatasetResource> {
  const row = await findDataset(store, digest)
  return datasetView(
    orProblem(
      row === undefined
        ? refuse('dataset/notFound', `no dataset, or more than one, starts with ${digest}`)
        : ok(row),
    ),
  )
}

export const datasetView = (row: Omit<DatasetRow, 'recipe'>): DatasetResource => ({
  ...DatasetReport.parse(row.report),
  digest: row.digest,
  name: row.name,
  createdAt: row.createdAt,
})
