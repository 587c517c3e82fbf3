/**
 * A model made elsewhere as a device runs models: window and time in, one prediction out. Its columns are computed by the same
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
  type ImportedValueCode,
  type TakenOutput,
} from '../onnx/imported-values.ts'
import { OPSET, OPSET_MAX, OPSET_MIN } from '../onnx/raise-opset.ts'
import type { ReadModel } from '../onnx/read-model.ts'
import type { ReadValue } from '../onnx/read-value.ts'
import { modelMetadata } from './export-model.ts'

export type WrapInput = {
  readonly recipe: Recipe
  readonly constants: FeatureConstants
  readonly signature: ImportSignature
  /** One that `checkImportable` let pass. */
  readonly model: ReadModel
}

export type WrapCode = ImportedValueCode | 'import/recipe' | 'import/column' | 'import/opset'

/** What a version ships: a probability without its rounding errors, bounds that hold the forecast itself. */
export const wrapImported = (input: WrapInput): Result<Uint8Array, Refusal<WrapCode>> =>
  wrap(input, (graph, { prediction, bounds, anchor }) => {
    const isProbability = input.signature.output.kind === 'probability'
    const said = isProbability
      ? graph.node('Clip', [prediction, graph.scalar(0), graph.scalar(1)])
      : prediction
    graph.output('prediction', ofAnchor(graph, anchor, said), ['N', 1])
    if (bounds === null) return
    const [lower, upper] = bounds
    const held = graph.join([graph.node('Min', [lower, said]), graph.node('Max', [upper, said])])
    graph.output('interval', ofAnchor(graph, anchor, held), ['N', 2])
  })

/** The same with what the model itself says, for it to be judged: outputs `prediction`, `lower` and `upper`. */
export const wrapUnchanged = (input: WrapInput): Result<Uint8Array, Refusal<WrapCode>> =>
  wrap(input, (graph, { prediction, bounds, anchor }) => {
    const named = { prediction, ...(bounds === null ? {} : { lower: bounds[0], upper: bounds[1] }) }
    for (const [name, value] of Object.entries(named))
      graph.output(name, ofAnchor(graph, anchor, value), ['N', 1])
  })

const ofAnchor = (graph: Graph, anchor: string | null, value: string): string =>
  anchor === null ? value : graph.node('Add', [anchor, value])

/** Values [N, 1] of a graph. */
type Said = {
  readonly prediction: string
  readonly bounds: readonly [lower: string, upper: string] | null
  /** What a change is added to; null where the model gives no change. */
  readonly anchor: string | null
}

function wrap(
  input: WrapInput,
  addOutputs: (graph: Graph, said: Said) => void,
): Result<Uint8Array, Refusal<WrapCode>> {
  const { recipe, signature, model } = input
  const { interval } = signature
  if (signature.recipe !== recipe.name)
    return refuse(
      'import/recipe',
      `the signature is for the recipe ${signature.recipe}, not ${recipe.name}`,
      'recipe',
    )
  const output = takenOutput(model, signature.output)
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
  const taken = (name: string, one: TakenOutput): string => takeColumn(graph, valueOf(name), one)
  const prediction = taken(signature.output.name, output.value)
  const both = bounds.value?.map(({ name, ...one }) => taken(name, one)) ?? null
  addOutputs(graph, { prediction, bounds: both === null ? null : [both[0]!, both[1]!], anchor })
  return ok(graph.encode(recipe.name, modelMetadata(recipe, 'imported')))
}

type Bound = {
  /** Values of our graph by input of the model. */
  readonly values: ReadonlyMap<string, string>
  /** What a change is added to; null where the output is no change. */
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

/** [N], [N, K] or deeper -> float [N, 1]. */
function takeColumn(graph: Graph, value: string, { type, column, isReady }: TakenOutput): string {
  if (isReady) return value
  const float = type === 'double' ? graph.cast(value, 'float') : value
  return graph.columns(graph.node('Flatten', [float], { axis: attribute.integer(1) }), [column])
}
