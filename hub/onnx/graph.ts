/** Builds a graph node by node; every method returns the name of the value it makes. */
import { encodeModel } from './encode-model.ts'
import type { Attribute, ElementType, Node, Tensor, ValueInfo } from './model.ts'
import { toFloat16, toInt8, type WeightStorage } from './compact-weights.ts'
import { float16Tensor, floatTensor, int64Tensor, int8Tensor } from './tensors.ts'

export const ML_DOMAIN = 'ai.onnx.ml'
const OPSET = 17
/** TreeEnsemble needs it: half the bytes of the older operator, whose node modes are texts. */
const ML_OPSET = 5

export class Graph {
  readonly #nodes: Node[] = []
  readonly #initializers: Tensor[] = []
  readonly #inputs: ValueInfo[] = []
  readonly #outputs: ValueInfo[] = []
  readonly #storage: WeightStorage
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

  cast(source: string, to: 'float' | 'bool'): string {
    return this.node('Cast', [source], { to: { integer: to === 'float' ? 1 : 9 } })
  }

  encode(name: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    const usesTrees = this.#nodes.some((node) => node.domain === ML_DOMAIN)
    return encodeModel({
      opsets: usesTrees ? { '': OPSET, [ML_DOMAIN]: ML_OPSET } : { '': OPSET },
      metadata,
      graph: {
        name,
        nodes: this.#nodes,
        inputs: this.#inputs,
        outputs: this.#outputs,
        initializers: this.#initializers,
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
  texts: (texts: readonly string[]): Attribute => ({ texts }),
  tensor: (tensor: Tensor): Attribute => ({ tensor }),
}
