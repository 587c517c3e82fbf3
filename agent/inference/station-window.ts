/** The newest window of a station as a batch of one, in a buffer that is used again for every reading. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { windowLength, writeWindow, type Position } from '@fleetcast/shared/windows/window.ts'
import type { ModelBatch } from '../ports/inference-engine.ts'
import { axisOf, secondsOf } from '../readings/axis.ts'
import type { RecentReadings } from '../readings/recent-readings.ts'

/** The returned function's result is valid until its next call: forecasts of one station never overlap. */
export function createStationWindow(
  recipe: Recipe,
  position: Position,
): (recent: RecentReadings, step: number) => ModelBatch {
  const { windowSteps, siteChannels } = recipe
  const shape = { windowSteps, siteChannels }
  const windows = new Float32Array(windowLength(shape, recipe.channels.length))
  const times = new BigInt64Array(1)
  const axis = axisOf(recipe)
  const batch = { windows, times, n: 1, windowSteps, channels: windows.length / windowSteps }
  return (recent, step) => {
    writeWindow(recent.series, recent.series.steps - 1, { shape, position, out: windows, offset: 0 })
    times[0] = secondsOf(axis, step)
    return batch
  }
}
