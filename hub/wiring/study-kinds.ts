/** Runs that make no version but find something out: a recipe's feasibility, and how two versions differ. */
import { assert } from '@fleetcast/shared/assert.ts'
import { fileOf, Manifest, trainedSites } from '@fleetcast/shared/bundle/manifest.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import * as z from 'zod'
import { DatasetReport } from '../datasets/dataset-report.ts'
import { resolveVersion } from '../registry/resolve-version.ts'
import { FeasibilityReport } from '../runs/check/feasibility-report.ts'
import { Comparison } from '../runs/compare/comparison.ts'
import type { FinishedRun, RunQueuePorts } from '../runs/run-queue.ts'
import { RunSelection, selectionText } from '../runs/run-selection.ts'
import type { ComparedModel } from '../runs/work.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { findRun, updateRun, type VersionRow } from '../store/queries/runs-and-versions.ts'
import { listDevices } from '../store/queries/sites-and-devices.ts'
import type { HubPorts } from './hub-ports.ts'

type StudyKind = Pick<RunQueuePorts, 'prepare' | 'finish'>

/** What a comparison was asked for, as its run keeps it. */
export const CompareParameters = z.strictObject({ a: z.string().max(80), b: z.string().max(80) })
export type CompareParameters = z.infer<typeof CompareParameters>

export const checkKind = (ports: HubPorts): StudyKind => ({
  prepare: async (run) => {
    const dataset = await findDataset(ports.store, run.dataset)
    assert(dataset !== undefined, 'a run names a dataset that exists')
    const devices = await listDevices(ports.store)
    return ok({
      work: {
        kind: 'check',
        dataset: dataset.digest,
        selection: selectionText(RunSelection.parse(run.selection)),
        findings: DatasetReport.parse(dataset.report).findings,
        devices: devices.filter(({ enrolledAt, revokedAt }) => enrolledAt !== null && revokedAt === null)
          .length,
      },
    })
  },
  finish: async (finished) => {
    const report = FeasibilityReport.parse(reportIn(finished))
    const count = report.findings.length
    const verdict = { feasible: 'feasible', doubtful: 'doubtful', notFeasible: 'not feasible' }[
      report.verdict
    ]
    const message = `${finished.recipe.name} is ${verdict}: ${count} ${count === 1 ? 'finding' : 'findings'}`
    return await keep(ports, finished, { report, message })
  },
})

export const compareKind = (ports: HubPorts): StudyKind => ({
  prepare: async (run) => {
    const { a, b } = CompareParameters.parse(run.parameters)
    const [first, second] = [await comparedModel(ports, a, 'a.onnx'), await comparedModel(ports, b, 'b.onnx')]
    if (!first.ok) return first
    if (!second.ok) return second
    return ok({
      work: {
        kind: 'compare',
        dataset: run.dataset,
        selection: selectionText(RunSelection.parse(run.selection)),
        a: first.value.model,
        b: second.value.model,
      },
      files: new Map([
        [first.value.model.file, first.value.onnx],
        [second.value.model.file, second.value.onnx],
      ]),
    })
  },
  finish: async (finished) => {
    const report = Comparison.parse(reportIn(finished))
    const verdict = {
      better: 'is better than',
      worse: 'is worse than',
      notToldApart: 'is not told apart from',
      tooFewDays: 'has too few days to be told apart from',
    }[report.overall.verdict]
    const message = `${report.a.name} ${verdict} ${report.b.name}`
    return await keep(ports, finished, { report, message })
  },
})

/** The result and the end of the run at once: no run has succeeded without one. */
async function keep(
  { store, clock }: HubPorts,
  { run }: FinishedRun,
  { report, message }: { readonly report: unknown; readonly message: string },
): Promise<Result<{ message: string }, Refusal>> {
  await updateRun(store.db, store, run.id, {
    state: 'succeeded',
    fraction: 1,
    message,
    result: report,
    updatedAt: clock.now(),
  })
  return ok({ message })
}

function reportIn({ files }: FinishedRun): unknown {
  const bytes = files.get('report.json')
  assert(bytes !== undefined, 'such a run leaves report.json behind')
  return JSON.parse(new TextDecoder().decode(bytes))
}

/** The recipe that a version was trained with: as its run had it, or as the hub has it for a run of an older hub. */
export async function recipeOfVersion({ store }: HubPorts, { run, recipe }: VersionRow): Promise<Recipe> {
  const body = (await findRun(store, run))?.recipeBody ?? (await findRecipe(store, recipe))?.body
  return Recipe.parse(body)
}

async function comparedModel(
  ports: HubPorts,
  name: string,
  file: string,
): Promise<Result<{ readonly model: ComparedModel; readonly onnx: Uint8Array }, Refusal>> {
  const version = await resolveVersion(ports.store, name)
  if (!version.ok) return version
  const manifest = Manifest.parse(version.value.manifest)
  const onnx = fileOf(manifest, 'model.onnx')
  const blob = onnx === undefined ? null : await ports.blobs.read(onnx.digest, 0, onnx.size)
  assert(blob !== null, 'the files of a registered version are kept')
  const { recipe, version: number, digest } = version.value
  const model: ComparedModel = {
    name: `${recipe}@${number}`,
    digest,
    file,
    dataUntil: Date.parse(manifest.annotations['io.fleetcast.dataUntil']),
    sites: [...trainedSites(manifest)],
    recipe: await recipeOfVersion(ports, version.value),
  }
  return ok({ model, onnx: blob.bytes })
}
