/** Builds a graph node by node; every method returns the name of the value it makes. */
import { encodeModel } from './encode-model.ts'
import type { Attribute, ElementType, Node, Tensor, ValueInfo } from './model.ts'
import { floatTensor, int64Tensor } from './tensors.ts'

export const ML_DOMAIN = 'ai.onnx.ml'
const OPSET = 17
/** TreeEnsemble needs it: half the bytes of the older operator, whose node modes are texts. */
const ML_OPSET = 5

export class Graph {
  readonly #nodes: Node[] = []
  readonly #initializers: Tensor[] = []
  readonly #inputs: ValueInfo[] = []
  readonly #outputs: ValueInfo[] = []
  #named = 0

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

  floats(values: ArrayLike<number>, dims: readonly number[] = [values.length]): string {
    return this.#keep(floatTensor(this.#name('floats'), dims, values))
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
  integers: (integers: readonly number[]): Attribute => ({ integers }),
  tensor: (tensor: Tensor): Attribute => ({ tensor }),
}
