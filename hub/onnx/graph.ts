/** Builds a graph node by node; every method returns the name of the value it makes. */
import type { WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import { encodeModel } from './encode-model.ts'
import {
  ELEMENT,
  type Attribute,
  type ElementType,
  type Encoded,
  type Node,
  type Tensor,
  type ValueInfo,
} from './model.ts'
import { OPSET, raiseOpset } from './raise-opset.ts'
import { renameNode, renameTensor } from './rename-message.ts'
import type { ReadModel } from './read-model.ts'
import { toFloat16, toInt8 } from './compact-weights.ts'
import { float16Tensor, floatTensor, int64Tensor, int8Tensor } from './tensors.ts'

export const ML_DOMAIN = 'ai.onnx.ml'
/** TreeEnsemble needs it: half the bytes of the older operator, whose node modes are texts. */
const ML_OPSET = 5

export class Graph {
  readonly #nodes: (Node | Encoded)[] = []
  readonly #initializers: (Tensor | Encoded)[] = []
  readonly #inputs: ValueInfo[] = []
  readonly #outputs: ValueInfo[] = []
  readonly #storage: WeightStorage
  /** Of the model that was grafted: one file has one version of each. */
  #opsets: Readonly<Record<string, number>> = {}
  #named = 0

  /** `storage` is how `weights` are written; everything else stays float32. */
  constructor(storage: WeightStorage = 'float32') {
    this.#storage = storage
  }

  input(name: string, type: ElementType, shape: ValueInfo['shape']): string {
    this.#inputs.push({ name, type, shape })
    return name
  }

  output(name: string, source: string, shape: ValueInfo['shape']): void {
    this.#nodes.push({ operator: 'Identity', domain: '', inputs: [source], outputs: [name], attributes: {} })
    this.#outputs.push({ name, type: 'float', shape })
  }

  node(
    operator: string,
    inputs: readonly string[],
    attributes: Node['attributes'] = {},
    domain = '',
  ): string {
    const output = this.#name(operator)
    this.#nodes.push({ operator, domain, inputs, outputs: [output], attributes })
    return output
  }

  /** The second output of an operator whose first is not wanted: the last state of a recurrent layer. */
  secondOutput(operator: string, inputs: readonly string[], attributes: Node['attributes']): string {
    const output = this.#name(operator)
    this.#nodes.push({ operator, domain: '', inputs, outputs: ['', output], attributes })
    return output
  }

  floats(values: ArrayLike<number>, dims: readonly number[] = [values.length]): string {
    return this.#keep(floatTensor(this.#name('floats'), dims, values))
  }

  /**
   * A matrix of learned weights [rows, columns], row-major, in the graph's storage. What is stored in fewer bits is widened by
   * nodes on constants, which ONNX Runtime computes once, when it loads the file.
   */
  weights(values: Float32Array, dims: readonly [number, number]): string {
    if (this.#storage === 'float32') return this.floats(values, dims)
    if (this.#storage === 'float16') {
      const stored = this.#keep(float16Tensor(this.#name('halves'), dims, toFloat16(values)))
      return this.cast(stored, 'float')
    }
    const { quantised, scales } = toInt8(values, dims)
    const stored = this.#keep(int8Tensor(this.#name('bytes'), dims, quantised))
    return this.node('Mul', [this.cast(stored, 'float'), this.floats(scales, [1, dims[1]])])
  }

  /** A single number without dimensions. */
  scalar(value: number): string {
    return this.floats([value], [])
  }

  integers(values: readonly number[]): string {
    return this.#keep(int64Tensor(this.#name('integers'), [values.length], values))
  }

  /** Columns `indices` of a [N, F] value. */
  columns(source: string, indices: readonly number[]): string {
    return this.node('Gather', [source, this.integers(indices)], { axis: { integer: 1 } })
  }

  /** Joins [N, *] values side by side. */
  join(parts: readonly string[]): string {
    return parts.length === 1 ? parts[0]! : this.node('Concat', parts, { axis: { integer: 1 } })
  }

  cast(source: string, to: ElementType): string {
    return this.node('Cast', [source], { to: { integer: ELEMENT[to] } })
  }

  /**
   * Appends a model that was made elsewhere: its inputs become values of this graph (`bound`, by input name), its own names are
   * set apart by a prefix. Returns where each of its values is found. Once a graph, and a model the allow-list let pass.
   */
  graft(
    { nodes, initializers, opsets }: Pick<ReadModel, 'nodes' | 'initializers' | 'opsets'>,
    bound: ReadonlyMap<string, string>,
  ): (value: string) => string {
    const nameOf = (value: string): string => bound.get(value) ?? (value === '' ? '' : `m/${value}`)
    for (const { bytes } of nodes) this.#nodes.push({ encoded: renameNode(bytes, nameOf) })
    for (const { bytes } of initializers) this.#initializers.push({ encoded: renameTensor(bytes, nameOf) })
    this.#opsets = opsets
    return nameOf
  }

  encode(name: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    const usesTrees = this.#nodes.some((node) => 'domain' in node && node.domain === ML_DOMAIN)
    const ml = this.#opsets[ML_DOMAIN] ?? (usesTrees ? ML_OPSET : null)
    const opset = this.#opsets[''] ?? OPSET
    const raised = raiseOpset(this.#nodes, opset)
    return encodeModel({
      opsets: ml === null ? { '': opset } : { '': opset, [ML_DOMAIN]: ml },
      metadata,
      graph: {
        name,
        nodes: raised.nodes,
        inputs: this.#inputs,
        outputs: this.#outputs,
        initializers: [...this.#initializers, ...raised.initializers],
      },
    })
  }

  #keep(tensor: Tensor): string {
    this.#initializers.push(tensor)
    return tensor.name
  }

  #name(prefix: string): string {
    return `${prefix}_${this.#named++}`
  }
}

export const attribute = {
  integer: (integer: number): Attribute => ({ integer }),
  float: (float: number): Attribute => ({ float }),
  integers: (integers: readonly number[]): Attribute => ({ integers }),
  floats: (floats: readonly number[]): Attribute => ({ floats }),
  texts: (texts: readonly string[]): Attribute => ({ texts }),
  tensor: (tensor: Tensor): Attribute => ({ tensor }),
}
