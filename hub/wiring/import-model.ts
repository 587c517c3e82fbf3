/** A model made elsewhere: what can be refused at once is, the rest is a run of its own, and what passes becomes a version. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { BUNDLE_FILE_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { Recipe, windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { ImportModelRequest } from '../api/api-ports.ts'
import { checkImportable } from '../onnx/allow-list.ts'
import type { ImportSignature } from '../onnx/import-signature.ts'
import { readModel } from '../onnx/read-model.ts'
import { besideChampion } from '../registry/champion-file.ts'
import { registerVersion } from '../registry/register-version.ts'
import { runParameters, type ImportedModelFile } from '../registry/run-parameters.ts'
import type { TrainInputs } from '../registry/train-lock.ts'
import type { FinishedRun, RunKind } from '../runs/run-queue.ts'
import { wrapImported } from '../runs/wrap-imported.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import type { HubPorts } from './hub-ports.ts'
import { inputsNow } from './inputs-now.ts'
import { queueRun } from './start-run.ts'

type ImportPorts = HubPorts & { readonly registered: () => Promise<void> }

/** Answers with the id of the run that judges the model; nothing is stored of what is refused here. */
export async function startModelImport(
  ports: HubPorts,
  { model, signature, ...asked }: ImportModelRequest,
): Promise<Result<string, Refusal>> {
  const { store, blobs } = ports
  const recipe = await recipeFor(ports, signature)
  if (!recipe.ok) return recipe
  const dataset = await findDataset(store, asked.dataset)
  if (dataset === undefined)
    return refuse('dataset/notFound', `no dataset, or more than one, starts with ${asked.dataset}`)
  if (model.length > BUNDLE_FILE_BYTES_MAX)
    return refuse('import/tooLarge', `a model file has at most ${BUNDLE_FILE_BYTES_MAX} bytes`)
  const read = readModel(model)
  if (!read.ok) return read
  const importable = checkImportable(read.value)
  if (!importable.ok) return importable
  // Whether inputs and output fit does not depend on what is typical of the data.
  const constants = { centers: windowChannels(recipe.value).map(() => 0), anchorFill: 0 }
  const wrapped = wrapImported({ recipe: recipe.value, constants, signature, model: importable.value })
  if (!wrapped.ok) return wrapped
  const imported: ImportedModelFile = { digest: await blobs.write(model), size: model.length, signature }
  const { selection, requestedBy } = asked
  const decides = { kind: 'import', dataset: dataset.digest, selection, imported }
  return ok(
    await queueRun(ports, {
      kind: 'import',
      recipe: recipe.value.name,
      recipeBody: recipe.value,
      dataset: dataset.digest,
      selection,
      parameters: { inputs: null, imported },
      requestedBy,
      runKey: sha256(canonicalJson(decides)),
    }),
  )
}

async function recipeFor(
  { store }: HubPorts,
  { recipe: name, output }: ImportSignature,
): Promise<Result<Recipe, Refusal>> {
  const row = await findRecipe(store, name)
  if (row === undefined)
    return refuse('recipe/notFound', `no recipe is named ${name}; "fleetcast recipes list" shows them`)
  const recipe = Recipe.parse(row.body)
  const { classes, event } = recipe.target
  if (classes !== undefined)
    return refuse(
      'import/outputKind',
      `${name} asks for the probabilities of ${classes.names.length} classes, and a model made elsewhere gives one number; import it for a recipe of a value, a change or an event`,
      'output.kind',
    )
  const isEvent = event !== undefined
  if (isEvent !== (output.kind === 'probability'))
    return refuse(
      'import/outputKind',
      isEvent
        ? `${name} asks for the probability of an event; the signature says that the model gives a ${output.kind}`
        : `${name} asks for a number; the signature says that the model gives a probability`,
      'output.kind',
    )
  return ok(recipe)
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
    trainedOn: `elsewhere by ${signature.author}, on ${signature.trainedOn.sites.join(', ')} until ${signature.trainedUntil}`,
    inputs: importInputs(inputs.value, { digest, signature }),
  })
  if (!registered.ok) return registered
  await ports.registered()
  return ok({ message: `version ${registered.value.version} is imported and registered` })
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
