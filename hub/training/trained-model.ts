/** What every algorithm leaves behind: it predicts a matrix here and emits itself into a graph there, with the same numbers. */
import type { AlgorithmName } from '@fleetcast/shared/recipe/recipe.ts'
import type { Graph } from '../onnx/graph.ts'
import type { Matrix } from './matrix.ts'

export type ModelName = AlgorithmName | 'blend'

export type TrainedModel = {
  readonly algorithm: ModelName
  /**
   * One value a row: the change from the anchor, in units of the target. Of ordered classes several, row-major [rows, width]: log odds of
   * every limit, and probabilities of every class once they are calibrated.
   */
  readonly predict: (matrix: Matrix) => Float32Array
  /** Appends the model behind the value `features` [N, columns]; returns the name of its output [N, width]. */
  readonly emit: (graph: Graph, features: string) => string
  /** Rounds, epochs or terms: what a refit on more rows has to repeat. */
  readonly rounds: number
  readonly backend: string
}

/** Told how far a fit is, 0..1. A rejection ends the fit: this is how a run is cancelled between trees and epochs. */
export type FitProgress = (fraction: number, detail: string) => Promise<void>
