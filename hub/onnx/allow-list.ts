/**
 * May a model made elsewhere run on a device? Versions are those that ONNX Runtime 1.30 loads and that this code was tested with;
 * operators are a closed list; nothing lies outside the file.
 */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { treeProblem } from './check-trees.ts'
import { ML_DOMAIN } from './graph.ts'
import { ML_OPERATORS, REASONS, STANDARD_OPERATORS } from './operators.ts'
import type { ReadModel, UsedOperator } from './read-model.ts'

/** Below 3 constants had to be inputs; 10 is what operator set 21 came with. */
export const IR_VERSIONS = { min: 3, max: 10 } as const
/** ONNX Runtime knows no older operators; newer ones than 21 are not what devices in the field were released with. */
export const OPSETS = { min: 7, max: 21 } as const
export const ML_OPSETS = { min: 1, max: 5 } as const
/** TreeEnsemble came with 5, which dropped the two older operators: ONNX Runtime loads neither in the other's version. */
const TREE_ENSEMBLE_SINCE = 5

export type AllowCode =
  | 'onnx/irVersion'
  | 'onnx/opset'
  | 'onnx/externalData'
  | 'onnx/functions'
  | 'onnx/training'
  | 'onnx/sparse'
  | 'onnx/operator'
  | 'onnx/trees'

/** As many as are worth reading before the model is exported again. */
const SHOWN = 5
const NAME_SHOWN = 80

export function checkImportable(model: ReadModel): Result<ReadModel, Refusal<AllowCode>> {
  return (
    checkVersions(model) ?? checkContent(model) ?? checkOperators(model) ?? checkTrees(model) ?? ok(model)
  )
}

type Refused = Result<never, Refusal<AllowCode>> | null

function checkVersions({ irVersion, opsets, operators }: ReadModel): Refused {
  if (irVersion < IR_VERSIONS.min || irVersion > IR_VERSIONS.max)
    return refuse(
      'onnx/irVersion',
      `the file has IR version ${irVersion}, ${IR_VERSIONS.min} to ${IR_VERSIONS.max} are read: set model.ir_version = ${IR_VERSIONS.max} before saving, or export with an older operator set`,
      'ir_version',
    )
  for (const [domain, range] of [['', OPSETS] as const, [ML_DOMAIN, ML_OPSETS] as const]) {
    const version = opsets[domain]
    const isUsed = operators.some((one) => one.domain === domain)
    if (!isUsed || (version !== undefined && version >= range.min && version <= range.max)) continue
    return refuse(
      'onnx/opset',
      `the model uses operator set ${version ?? 'none'} of ${nameOf(domain)}, ${range.min} to ${range.max} run: export with a target opset of ${domain === '' ? 17 : 3}`,
      'opset_import',
    )
  }
  return null
}

function checkContent({ external, functions, trainingInfos, sparseInitializers }: ReadModel): Refused {
  if (external.length > 0)
    return refuse(
      'onnx/externalData',
      `the data of ${listed(external)} lie in another file: save the model in one file (save_as_external_data=False)`,
      external[0],
    )
  if (functions > 0)
    return refuse(
      'onnx/functions',
      `the model defines ${functions} functions of its own: export without functions, or inline them (onnx.inliner)`,
    )
  if (trainingInfos > 0)
    return refuse('onnx/training', 'the file holds a training graph: export the model for inference')
  if (sparseInitializers > 0)
    return refuse('onnx/sparse', `the model has ${sparseInitializers} sparse constants: store them dense`)
  return null
}

function checkOperators(model: ReadModel): Refused {
  const problems = model.operators.flatMap((used) => {
    const reason = reasonAgainst(used, model)
    if (reason === null) return []
    const node = used.firstName.slice(0, NAME_SHOWN)
    const where = node === '' ? '' : ` (node ${node})`
    return [{ node, text: `${used.operator} of ${nameOf(used.domain)}${where}: ${reason}` }]
  })
  const [first] = problems
  if (first === undefined) return null
  const texts = problems.map(({ text }) => text)
  return refuse('onnx/operator', listed(texts, '; '), first.node === '' ? undefined : `node ${first.node}`)
}

function checkTrees({ nodes }: ReadModel): Refused {
  for (const node of nodes) {
    const problem = node.operator.startsWith('TreeEnsemble') ? treeProblem(node) : null
    const name = node.name.slice(0, NAME_SHOWN)
    if (problem !== null)
      return refuse(
        'onnx/trees',
        `${node.operator}: ${problem}; the file is damaged`,
        name === '' ? undefined : `node ${name}`,
      )
  }
  return null
}

function reasonAgainst({ domain, operator, isInSubgraph }: UsedOperator, model: ReadModel): string | null {
  const allowed = domain === '' ? STANDARD_OPERATORS : domain === ML_DOMAIN ? ML_OPERATORS : null
  if (allowed === null) return 'only operators of ai.onnx and ai.onnx.ml run on a device'
  if (!allowed.has(operator)) return REASONS.get(operator) ?? 'no such operator runs on a device'
  if (isInSubgraph) return 'inner graphs do not run on a device'
  if (operator.startsWith('TreeEnsemble')) {
    const isNew = model.opsets[ML_DOMAIN]! >= TREE_ENSEMBLE_SINCE
    if (isNew !== (operator === 'TreeEnsemble'))
      return `not part of ai.onnx.ml ${model.opsets[ML_DOMAIN]}: export with ai.onnx.ml ${isNew ? 3 : TREE_ENSEMBLE_SINCE}`
  }
  return operator === 'Dropout' && model.nodes.some(isTrainingDropout)
    ? 'with a training mode it leaves out values by chance: export in evaluation mode'
    : null
}

/** The third input asks for training. */
const isTrainingDropout = ({ operator, inputs }: ReadModel['nodes'][number]): boolean =>
  operator === 'Dropout' && (inputs[2] ?? '') !== ''

const nameOf = (domain: string): string => (domain === '' ? 'ai.onnx' : domain)

function listed(all: readonly string[], separator = ', '): string {
  const more = all.length > SHOWN ? `${separator}and ${all.length - SHOWN} more` : ''
  return `${all.slice(0, SHOWN).join(separator)}${more}`
}
