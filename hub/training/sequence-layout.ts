/** Which feature columns are a sequence: the lags 0, 1, 2, ... of the channels that have enough of them. */
import { lagRuns, SEQUENCE_STEPS_MIN } from '@fleetcast/shared/recipe/features.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { featureNames } from '../features/feature-names.ts'

export type SequenceLayout = {
  readonly steps: number
  readonly channels: number
  /** Column of the matrix for step s (oldest first) and channel c at `s * channels + c`. */
  readonly columns: Int32Array
  /** Columns that are no part of the sequence. */
  readonly rest: Int32Array
}

/** Null when no channel has lags 0 to 5 without a gap. All channels are cut to the shortest run. */
export function sequenceLayout(recipe: Pick<Recipe, 'features'>): SequenceLayout | null {
  const names = featureNames(recipe)
  const columnByName = new Map(names.map((name, column) => [name, column]))
  const runs = [...lagRuns(recipe.features)]
    .map(([channel, steps]) => ({ channel, steps }))
    .filter(({ steps }) => steps >= SEQUENCE_STEPS_MIN)
  if (runs.length === 0) return null
  const steps = Math.min(...runs.map((run) => run.steps))
  const columns = Int32Array.from({ length: steps * runs.length }, (_, i) => {
    const lag = steps - 1 - Math.floor(i / runs.length)
    return columnByName.get(`${runs[i % runs.length]!.channel}-${lag}`)!
  })
  const used = new Set(columns)
  const rest = Int32Array.from(names.keys()).filter((column) => !used.has(column))
  return { steps, channels: runs.length, columns, rest }
}
