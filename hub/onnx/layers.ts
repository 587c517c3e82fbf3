/** A network of layers as plain numbers, whatever library trained it: what is exported, and how it is put together. */
import type { ActivationName } from './activations.ts'
import type { RecurrentCell } from './recurrent-cell.ts'

export type Layer =
  /** `shape` without the rows. */
  | { readonly kind: 'input'; readonly shape: readonly number[] }
  /** On the last dimension; `weights` row-major [inputs, outputs]. */
  | {
      readonly kind: 'dense'
      readonly weights: Float32Array
      readonly bias: Float32Array
      readonly inputs: number
      readonly outputs: number
      readonly activation: ActivationName
    }
  | { readonly kind: 'activation'; readonly activation: ActivationName }
  /** Dropout and noise: nothing, once trained. */
  | { readonly kind: 'identity' }
  | { readonly kind: 'concatenate'; readonly axis: number }
  | { readonly kind: 'add' }
  | { readonly kind: 'multiply' }
  | { readonly kind: 'average' }
  | { readonly kind: 'flatten' }
  /** Over the last dimension (Ba et al. 2016). */
  | {
      readonly kind: 'layerNormalisation'
      readonly scale: Float32Array
      readonly shift: Float32Array
      readonly epsilon: number
    }
  /** Of the last dimension, with the moments of training (Ioffe & Szegedy 2015). */
  | {
      readonly kind: 'batchNormalisation'
      readonly scale: Float32Array
      readonly shift: Float32Array
      readonly mean: Float32Array
      readonly variance: Float32Array
      readonly epsilon: number
    }
  | {
      readonly kind: 'recurrent'
      readonly cell: RecurrentCell
      readonly channels: number
      /** All states, or the last one. */
      readonly isSequence: boolean
    }

export type PlacedLayer = {
  readonly name: string
  /** Names of the layers before it, in order. */
  readonly inputs: readonly string[]
  readonly layer: Layer
}

export type Network = {
  /** Each behind those it reads. */
  readonly layers: readonly PlacedLayer[]
  /** The layer whose output is the network's; `width` of its rows. */
  readonly output: { readonly name: string; readonly width: number }
}
