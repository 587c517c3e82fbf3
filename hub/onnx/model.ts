/** An ONNX model as data: what the encoder writes. Names and numbers after onnx.proto3 (IR version 8). */
export const ELEMENT = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
} as const
export type ElementType = keyof typeof ELEMENT

export type Tensor = {
  readonly name: string
  readonly type: ElementType
  readonly dims: readonly number[]
  /** Little-endian elements, row-major. */
  readonly bytes: Uint8Array
}

export type Attribute =
  | { readonly integer: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly integers: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: Tensor }

export type Node = {
  readonly operator: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A node or tensor of a model that was made elsewhere, as the message it came in. */
export type Encoded = { readonly encoded: Uint8Array }

/** A named value with its shape; a text is a free dimension. */
export type ValueInfo = {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly (number | string)[]
}

export type Model = {
  /** Version by operator domain; '' is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>
  readonly metadata: Readonly<Record<string, string>>
  readonly graph: {
    readonly name: string
    readonly nodes: readonly (Node | Encoded)[]
    readonly inputs: readonly ValueInfo[]
    readonly outputs: readonly ValueInfo[]
    readonly initializers: readonly (Tensor | Encoded)[]
  }
}
