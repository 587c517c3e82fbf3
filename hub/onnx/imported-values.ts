/** Do a model's inputs and outputs fit what its signature says of them? Shapes that the file leaves open are taken as fitting. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ImportSignature } from './import-signature.ts'
import type { ReadModel } from './read-model.ts'
import type { ReadValue } from './read-value.ts'

export type ImportedValueCode = 'import/input' | 'import/batch' | 'import/output'
type Refused = Result<never, Refusal<ImportedValueCode>>

/** A float input with the sizes behind the batch. */
export function checkInput(
  value: ReadValue,
  sizes: readonly number[],
  types: readonly string[],
): Refused | null {
  const { name, type, shape } = value
  const wanted = `${types.join(' or ')} [N, ${sizes.join(', ')}]`
  const found = `${type} [${shape?.map((dim) => (dim === '' ? '?' : dim)).join(', ') ?? 'no shape'}]`
  const isFitting =
    types.includes(type) &&
    (shape === null ||
      (shape.length === sizes.length + 1 &&
        sizes.every((size, i) => typeof shape[i + 1] === 'string' || shape[i + 1] === size)))
  if (!isFitting)
    return refuse('import/input', `input ${name} is ${found}, the signature makes ${wanted}`, `input ${name}`)
  if (typeof shape?.[0] === 'number')
    return refuse(
      'import/batch',
      `input ${name} takes ${shape[0]} rows at a time: export with a free first dimension (dynamic_axes={"${name}": {0: "N"}} or dynamic_shapes)`,
      `input ${name}`,
    )
  return null
}

/** The inputs in the order of the wanted names, which must be all of them. */
export function namedInputs(
  { inputs }: Pick<ReadModel, 'inputs'>,
  names: readonly string[],
): Result<readonly ReadValue[], Refusal<ImportedValueCode>> {
  const found = names.map((name) => inputs.find((input) => input.name === name))
  const missing = names.filter((_, i) => found[i] === undefined)
  const extra = inputs.filter(({ name }) => !names.includes(name)).map(({ name }) => name)
  if (missing.length === 0 && extra.length === 0) return ok(found.map((input) => input!))
  return refuse(
    'import/input',
    `the model's inputs are ${shown(inputs.map(({ name }) => name))}, the signature names ${shown(names)}`,
    'input',
  )
}

export type TakenOutput = {
  readonly type: ReadValue['type']
  /** Which of its columns, in the order in which they are wanted. */
  readonly columns: readonly number[]
  /** It is float and [N, columns] already. */
  readonly isReady: boolean
}

/** `at`: the signature's key that names the output. */
export function takenOutput(
  model: Pick<ReadModel, 'outputs'>,
  {
    name,
    kind,
    column,
  }: Pick<ImportSignature['output'], 'name' | 'column'> & Partial<Pick<ImportSignature['output'], 'kind'>>,
  at = 'output',
): Result<TakenOutput, Refusal<ImportedValueCode>> {
  const output = floatOutput(model, name, at)
  if (!output.ok) return output
  const { type, shape } = output.value
  const width = widthOf(shape)
  const isSingle = width === 1
  const taken = column ?? (isSingle ? 0 : kind === 'probability' && width === 2 ? 1 : null)
  if (taken === null || (width !== null && taken >= width))
    return refuse(
      'import/output',
      `output ${name} has ${width ?? 'an unknown number of'} columns: say which one in ${at}.column`,
      `${at}.column`,
    )
  return ok({ type, columns: [taken], isReady: type === 'float' && isSingle && shape?.length === 2 })
}

/** One column a class, lowest class first: the file has to tell how many it has, for no order of others is known. */
export function takenProbabilities(
  model: Pick<ReadModel, 'outputs'>,
  { name }: Pick<ImportSignature['output'], 'name'>,
  classes: readonly string[],
): Result<TakenOutput, Refusal<ImportedValueCode>> {
  const output = floatOutput(model, name, 'output')
  if (!output.ok) return output
  const { type, shape } = output.value
  const width = widthOf(shape)
  if (width !== classes.length)
    return refuse(
      'import/output',
      `output ${name} has ${width ?? 'an unknown number of'} columns, the recipe has ${classes.length} classes: export it as [N, ${classes.length}], the probability of each in this order: ${shown(classes)}`,
      'output.name',
    )
  return ok({ type, columns: [...classes.keys()], isReady: type === 'float' && shape?.length === 2 })
}

/** An output of this name that holds numbers of every row. */
function floatOutput(
  { outputs }: Pick<ReadModel, 'outputs'>,
  name: string,
  at: string,
): Result<Pick<ReadValue, 'type' | 'shape'>, Refusal<ImportedValueCode>> {
  const output = outputs.find((one) => one.name === name)
  if (output === undefined)
    return refuse(
      'import/output',
      `the model has no output ${name}, it has ${shown(outputs.map((one) => one.name))}`,
      `${at}.name`,
    )
  const { type, shape } = output
  if (type !== 'float' && type !== 'double')
    return refuse(
      'import/output',
      `output ${name} holds ${type}, a forecast is float or double`,
      `${at}.name`,
    )
  if (shape?.length === 0)
    return refuse('import/output', `output ${name} is one number for all rows`, `${at}.name`)
  return ok(output)
}

type NamedOutput = TakenOutput & { readonly name: string }

/** Lower, then upper. */
export function takenBounds(
  model: Pick<ReadModel, 'outputs'>,
  { lower, upper }: NonNullable<ImportSignature['interval']>,
): Result<readonly NamedOutput[], Refusal<ImportedValueCode>> {
  const low = takenOutput(model, lower, 'interval.lower')
  if (!low.ok) return low
  const high = takenOutput(model, upper, 'interval.upper')
  if (!high.ok) return high
  return ok([
    { name: lower.name, ...low.value },
    { name: upper.name, ...high.value },
  ])
}

/** Numbers a row; null when the file does not tell. */
function widthOf(shape: ReadValue['shape']): number | null {
  const sizes = shape?.slice(1)
  if (sizes === undefined || sizes.some((size) => typeof size === 'string')) return null
  return sizes.reduce<number>((product, size) => product * Number(size), 1)
}

const SHOWN = 8
const shown = (names: readonly string[]): string =>
  names.length > SHOWN
    ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`
    : names.join(', ')
