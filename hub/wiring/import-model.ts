/** A model made elsewhere: what can be refused at once is, the rest is a run of its own, and what passes becomes a version. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { BUNDLE_FILE_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { Recipe, windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { ImportModelRequest, StartedRun } from '../api/api-ports.ts'
import { DatasetReport } from '../datasets/dataset-report.ts'
import { checkImportable } from '../onnx/allow-list.ts'
import type { ImportSignature } from '../onnx/import-signature.ts'
import { readModel } from '../onnx/read-model.ts'
import { besideChampion } from '../registry/champion-file.ts'
import { registerVersion } from '../registry/register-version.ts'
import { removeUnneeded } from '../registry/remove-blobs.ts'
import { runParameters, type ImportedModelFile } from '../registry/run-parameters.ts'
import { trainInputs } from '../registry/train-inputs.ts'
import { runKeyOf, type TrainInputs } from '../registry/train-lock.ts'
import type { FinishedRun, RunKind } from '../runs/run-queue.ts'
import { wrapImported } from '../runs/wrap-imported.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { findRun } from '../store/queries/runs-and-versions.ts'
import { listSites } from '../store/queries/sites-and-devices.ts'
import type { HubPorts } from './hub-ports.ts'
import { inputsNow } from './inputs-now.ts'
import { equalRun, queueRun } from './start-run.ts'

type ImportPorts = HubPorts & { readonly registered: () => Promise<void> }

/** Answers with the run that judges the model, or has; nothing is stored of what is refused here. */
export async function startModelImport(
  ports: HubPorts,
  { model, signature, ...asked }: ImportModelRequest,
): Promise<Result<StartedRun, Refusal>> {
  const { store, blobs } = ports
  const recipe = await recipeFor(ports, signature)
  if (!recipe.ok) return recipe
  const dataset = await findDataset(store, asked.dataset)
  if (dataset === undefined)
    return refuse('dataset/notFound', `no dataset, or more than one, starts with ${asked.dataset}`)
  const fitting = checkFits(recipe.value, model, signature)
  if (!fitting.ok) return fitting
  const identity = await ports.codeIdentity()
  if (!identity.ok) return identity
  const imported: ImportedModelFile = { digest: sha256(model), size: model.length, signature }
  const { selection, requestedBy } = asked
  const judged = trainInputs({
    recipe: recipe.value,
    dataset: { digest: dataset.digest, report: DatasetReport.parse(dataset.report) },
    selection,
    sites: await listSites(store),
    identity: identity.value,
  })
  const inputs = importInputs(judged, imported)
  const runKey = runKeyOf(inputs)
  const equal = await equalRun(ports, recipe.value, { kind: 'import', runKey })
  if (equal !== null) return ok({ id: equal.id, isReused: true })
  await blobs.write(model)
  const id = await queueRun(ports, {
    kind: 'import',
    recipe: recipe.value.name,
    recipeBody: recipe.value,
    dataset: dataset.digest,
    selection,
    parameters: { inputs, imported },
    requestedBy,
    runKey,
  })
  // Another import of the same file may have ended, and taken it along, just now.
  await blobs.write(model)
  return ok({ id, isReused: false })
}

function checkFits(recipe: Recipe, model: Uint8Array, signature: ImportSignature): Result<void, Refusal> {
  if (model.length > BUNDLE_FILE_BYTES_MAX)
    return refuse('import/tooLarge', `a model file has at most ${BUNDLE_FILE_BYTES_MAX} bytes`)
  const read = readModel(model)
  if (!read.ok) return read
  const importable = checkImportable(read.value)
  if (!importable.ok) return importable
  // Whether inputs and output fit does not depend on what is typical of the data.
  const constants = { centers: windowChannels(recipe).map(() => 0), anchorFill: 0 }
  const wrapped = wrapImported({ recipe, constants, signature, model: importable.value })
  return wrapped.ok ? ok(undefined) : wrapped
}

/** The file as it came is needed until its run has ended: what a version ships is made of it. */
export async function removeImported(ports: HubPorts, run: string): Promise<void> {
  const row = await findRun(ports.store, run)
  const { imported } = runParameters(row?.parameters)
  if (imported !== undefined) await removeUnneeded(ports, [imported.digest])
}

async function recipeFor(
  { store }: HubPorts,
  { recipe: name }: ImportSignature,
): Promise<Result<Recipe, Refusal>> {
  const row = await findRecipe(store, name)
  if (row === undefined)
    return refuse('recipe/notFound', `no recipe is named ${name}; "fleetcast recipes list" shows them`)
  return ok(Recipe.parse(row.body))
}

const MODEL_FILE = 'imported.onnx'

export const importKind = (ports: ImportPorts): RunKind => ({
  prepare: async (run, recipe) => {
    const { imported } = runParameters(run.parameters)
    const blob = imported === undefined ? null : await ports.blobs.read(imported.digest, 0, imported.size)
    if (imported === undefined || blob === null)
      return refuse('import/fileGone', 'the model file is not there any more; import it again')
    const { champion, files } = await besideChampion(ports, recipe)
    const { signature } = imported
    return ok({
      work: { kind: 'import', file: MODEL_FILE, signature, champion },
      files: new Map([...files, [MODEL_FILE, blob.bytes]]),
    })
  },
  finish: (finished) => finishImport(ports, finished),
})

async function finishImport(
  ports: ImportPorts,
  { run, recipe, files }: FinishedRun,
): Promise<Result<{ readonly message: string }, Refusal>> {
  const { imported } = runParameters(run.parameters)
  if (imported === undefined) return refuse('import/fileGone', 'the run does not say which model it imports')
  const inputs = await inputsNow(ports, run, recipe)
  if (!inputs.ok) return inputs
  const { signature, digest } = imported
  const registered = await registerVersion(ports, {
    run: run.id,
    recipe,
    dataset: DatasetDigest.parse(run.dataset),
    files,
    sites: signature.trainedOn.sites,
    dataUntil: epochMs(Date.parse(signature.trainedUntil)),
    trainedOn: trainedOnText(signature),
    inputs: importInputs(inputs.value, { digest, signature }),
  })
  if (!registered.ok) return registered
  await ports.registered()
  return ok({ message: `version ${registered.value.version} is imported and registered` })
}

function trainedOnText({ author, trainedOn, trainedFrom, trainedUntil }: ImportSignature): string {
  const from = trainedFrom === undefined ? '' : ` from ${trainedFrom}`
  const dataset = trainedOn.dataset === undefined ? '' : ` (${trainedOn.dataset})`
  return `elsewhere by ${author}, on ${trainedOn.sites.join(', ')}${from} until ${trainedUntil}${dataset}`
}

/** Of the lock: what was judged, on which data and with which code; how the model was made, its author knows. */
const importInputs = (
  inputs: TrainInputs,
  { digest, signature }: Pick<ImportedModelFile, 'digest' | 'signature'>,
): TrainInputs => ({
  ...inputs,
  stage: 'import',
  imported: { model: digest, signature: sha256(canonicalJson(signature)) },
})
