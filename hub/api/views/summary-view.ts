/** The summary of a demo run, every figure taken from the store. */
import * as z from 'zod'
import { listRollouts } from '../../store/queries/rollouts.ts'
import { listDatasets } from '../../store/queries/recipes-and-datasets.ts'
import { Rollout } from '../../rollouts/rollout.ts'
import type { ApiPorts } from '../api-ports.ts'
import { fleetView } from './fleet-view.ts'
import { modelsView } from './models-view.ts'
import { telemetryTotals } from './overview-view.ts'
import { DatasetReport } from '../../datasets/dataset-report.ts'

export const Summary = z.strictObject({
  dataset: z.strictObject({ digest: z.string(), rows: z.number(), stations: z.array(z.string()) }).nullable(),
  models: z.array(
    z.strictObject({
      version: z.number(),
      digest: z.string(),
      trainedOn: z.string(),
      testMae: z.number(),
      persistenceMae: z.number(),
      onnxBytes: z.number(),
    }),
  ),
  devices: z.array(
    z.strictObject({
      id: z.string(),
      site: z.string(),
      champion: z.number().nullable(),
      mae: z.number().nullable(),
      persistenceMae: z.number().nullable(),
      verifiedForecasts: z.number(),
    }),
  ),
  rollouts: z.array(
    z.strictObject({
      id: z.string(),
      version: z.number(),
      state: z.string(),
      stages: z.array(
        z.strictObject({
          name: z.string(),
          devices: z.array(z.string()),
          verdict: z.string().nullable(),
          reasons: z.array(z.string()),
        }),
      ),
    }),
  ),
  telemetry: z.strictObject({
    accepted: z.number(),
    duplicates: z.number(),
    rejected: z.number(),
    lost: z.number(),
  }),
})
export type Summary = z.infer<typeof Summary>

export async function summaryView(ports: ApiPorts): Promise<Summary> {
  const { store } = ports
  const devices = await fleetView(ports)
  const [datasets, models, rollouts] = await Promise.all([
    listDatasets(store),
    modelsView(ports, devices),
    listRollouts(store),
  ])
  const dataset = datasets.at(-1)
  const report = dataset === undefined ? null : DatasetReport.parse(dataset.report)
  return {
    dataset:
      dataset === undefined || report === null
        ? null
        : { digest: dataset.digest, rows: report.rows, stations: report.stations },
    models: models.map(({ version, digest, trainedOn, testMae, persistenceMae, onnxBytes }) => ({
      version,
      digest,
      trainedOn,
      testMae,
      persistenceMae,
      onnxBytes,
    })),
    devices: devices.map(({ id, site, servingVersion, mae, persistenceMae, verifiedForecasts }) => ({
      id,
      site,
      champion: servingVersion,
      mae,
      persistenceMae,
      verifiedForecasts,
    })),
    rollouts: rollouts
      .map((row) => Rollout.parse(row.body))
      .reverse()
      .map(({ id, version, state, stages }) => ({
        id,
        version,
        state,
        stages: stages.map((stage) => ({
          name: stage.name,
          devices: stage.devices,
          verdict: stage.verdict,
          reasons: stage.reasons,
        })),
      })),
    telemetry: telemetryTotals(devices),
  }
}
