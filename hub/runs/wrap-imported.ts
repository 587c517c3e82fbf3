/**
 * A model made elsewhere as a device runs models: window and time in, a forecast out. Its columns are computed by the same
 * feature graph as our own models', in front of it and in the same file; same input, same bytes.
 */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { compileFeatures, type FeatureConstants } from '../features/compile-features.ts'
import { planColumns } from '../features/import-columns.ts'
import { attribute, Graph } from '../onnx/graph.ts'
import type { ImportColumn, ImportSignature } from '../onnx/import-signature.ts'
import {
  checkInput,
  namedInputs,
  takenBounds,
  takenOutput,
  takenProbabilities,
  type ImportedValueCode,
  type TakenOutput,
} from '../onnx/imported-values.ts'
import { OPSET, OPSET_MAX, OPSET_MIN } from '../onnx/raise-opset.ts'
import type { ReadModel } from '../onnx/read-model.ts'
import type { ReadValue } from '../onnx/read-value.ts'
import { checkOutputKind } from './check-output-kind.ts'
import { modelMetadata } from './export-model.ts'
import { addShipped, addUnchanged, type AddOutputs } from './imported-outputs.ts'

export type WrapInput = {
  readonly recipe: Recipe
  readonly constants: FeatureConstants
  readonly signature: ImportSignature
  /** One that `checkImportable` let pass. */
  readonly model: ReadModel
}

export type WrapCode =
  | ImportedValueCode
  | 'import/recipe'
  | 'import/outputKind'
  | 'import/column'
  | 'import/opset'

/** What a version ships. */
export const wrapImported = (input: WrapInput): Result<Uint8Array, Refusal<WrapCode>> =>
  wrap(input, addShipped)

/** The same with what the model itself says, for it to be judged. */
export const wrapUnchanged = (input: WrapInput): Result<Uint8Array, Refusal<WrapCode>> =>
  wrap(input, addUnchanged)

function wrap(input: WrapInput, addOutputs: AddOutputs): Result<Uint8Array, Refusal<WrapCode>> {
  const { recipe, signature, model } = input
  const { interval } = signature
  const { classes } = recipe.target
  if (signature.recipe !== recipe.name)
    return refuse(
      'import/recipe',
      `the signature is for the recipe ${signature.recipe}, not ${recipe.name}`,
      'recipe',
    )
  const otherKind = checkOutputKind(recipe, signature)
  if (otherKind !== null) return otherKind
  const output =
    classes === undefined
      ? takenOutput(model, signature.output)
      : takenProbabilities(model, signature.output, classes.names)
  if (!output.ok) return output
  const bounds = interval === undefined ? ok(null) : takenBounds(model, interval)
  if (!bounds.ok) return bounds
  const graph = new Graph()
  const bound =
    signature.input.kind === 'columns'
      ? bindColumns(graph, input, signature.input.columns)
      : bindWindow(graph, input, signature.input)
  if (!bound.ok) return bound
  const { values, anchor } = bound.value
  const valueOf = graph.graft(model, values)
  const taken = (name: string, one: TakenOutput): string => takeColumns(graph, valueOf(name), one)
  const scored = taken(signature.output.name, output.value)
  const both = bounds.value?.map(({ name, ...one }) => taken(name, one)) ?? null
  const said = { scored, bounds: both === null ? null : ([both[0]!, both[1]!] as const), anchor }
  addOutputs(graph, said, recipe.target)
  return ok(graph.encode(recipe.name, modelMetadata(recipe, 'imported')))
}

type Bound = {
  /** Values of our graph by input of the model. */
  readonly values: ReadonlyMap<string, string>
  /** What a change is added to; null where the model gives no change. */
  readonly anchor: string | null
}

type BoundResult = Result<Bound, Refusal<WrapCode>>

function bindColumns(
  graph: Graph,
  { recipe, constants, signature, model }: WrapInput,
  columns: readonly ImportColumn[],
): BoundResult {
  const plan = planColumns(recipe, columns)
  if (!plan.ok) return plan
  const names = columns.map(({ name }) => name)
  const inputs = columnInputs(model, names)
  if (!inputs.ok) return inputs
  const opset = checkOpset(model)
  if (opset !== null) return opset
  const compiled = compileFeatures(graph, { ...recipe, features: [...plan.value.features] }, constants)
  const values = inputs.value.map((one, i): [string, string] => {
    const picked = inputs.value.length === 1 ? plan.value.picked : [plan.value.picked[i]!]
    return [one.name, ofType(graph, graph.columns(compiled.features, picked), one)]
  })
  return ok({
    values: new Map(values),
    anchor: signature.output.kind === 'change' ? compiled.anchor : null,
  })
}

/** One input for all columns, or one a column by its name. */
function columnInputs(
  model: ReadModel,
  names: readonly string[],
): Result<readonly ReadValue[], Refusal<ImportedValueCode>> {
  const [only] = model.inputs
  const isOne = model.inputs.length === 1 && only !== undefined
  const inputs = isOne ? ok([only]) : namedInputs(model, names)
  if (!inputs.ok) return inputs
  const width = isOne ? names.length : 1
  return (
    inputs.value.map((one) => checkInput(one, [width], ['float', 'double'])).find((one) => one !== null) ??
    inputs
  )
}

function bindWindow(
  graph: Graph,
  { recipe, constants, signature, model }: WrapInput,
  { inputName, timeName = timeOf(model) }: Extract<ImportSignature['input'], { kind: 'window' }>,
): BoundResult {
  const inputs = namedInputs(model, timeName === undefined ? [inputName] : [inputName, timeName])
  if (!inputs.ok) return inputs
  const channels = windowChannels(recipe).length
  const [window, time] = inputs.value
  const wrong =
    checkInput(window!, [recipe.windowSteps, channels], ['float', 'double']) ??
    (time === undefined ? null : checkInput(time, [1], ['int64']))
  if (wrong !== null) return wrong
  const isChange = signature.output.kind === 'change'
  const isAsItCame = signature.output.kind === 'value' && signature.interval === undefined
  const opset = isAsItCame ? null : checkOpset(model)
  if (opset !== null) return opset
  let anchor: string | null = null
  if (isChange) {
    const newest = { lag: recipe.target.channel, steps: [0] }
    anchor = compileFeatures(graph, { ...recipe, features: [newest] }, constants).anchor
  } else {
    graph.input('window', 'float', ['N', recipe.windowSteps, channels])
    graph.input('time', 'int64', ['N', 1])
  }
  const values = new Map([[inputName, ofType(graph, 'window', window!)]])
  if (timeName !== undefined) values.set(timeName, 'time')
  return ok({ values, anchor })
}

/** An input of this name needs no word in the signature. */
const timeOf = ({ inputs }: ReadModel): string | undefined => inputs.find(({ name }) => name === 'time')?.name

/** One file has one operator set, and what we put around a model is written in these. */
function checkOpset({ opsets }: ReadModel): Result<never, Refusal<'import/opset'>> | null {
  const opset = opsets[''] ?? OPSET
  if (opset >= OPSET_MIN && opset <= OPSET_MAX) return null
  return refuse(
    'import/opset',
    `the model has operator set ${opset}; what is put around it (features, sums, bounds) needs ${OPSET_MIN} to ${OPSET_MAX}: export with a target opset of ${OPSET}`,
    'opset_import',
  )
}

const ofType = (graph: Graph, value: string, { type }: ReadValue): string =>
  type === 'double' ? graph.cast(value, 'double') : value

/** [N], [N, K] or deeper -> float [N, columns]. */
function takeColumns(graph: Graph, value: string, { type, columns, isReady }: TakenOutput): string {
  if (isReady) return value
  const float = type === 'double' ? graph.cast(value, 'float') : value
  return graph.columns(graph.node('Flatten', [float], { axis: attribute.integer(1) }), columns)
}
