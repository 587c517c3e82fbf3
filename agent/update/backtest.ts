/** Which past forecasts count in a backtest. Pure: the station's own readings decide, as they would have live. */
import { trainedSites, type Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import type { SiteId } from '@fleetcast/shared/ids.ts'
import { epochMsToUtcDay, epochMs, type UtcDay } from '@fleetcast/shared/units.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { labelOf, persistenceOf, type ValueBefore } from '@fleetcast/shared/labels/label.ts'
import type { RegularSeries } from '@fleetcast/shared/windows/window.ts'
import type { StoredReading } from '../readings/readings-table.ts'

/** The ring buffer laid out on its regular axis. */
export type History = {
  readonly firstStep: number
  readonly series: RegularSeries
  /** 1 where a reading came: the station would have forecast there. */
  readonly hasReading: Uint8Array
  /** What a forecast for each row should have said, and what persistence says at it; doubles, NaN where the readings do not tell. */
  readonly truth: Float64Array
  readonly persistence: Float64Array
}

export function historyOf(
  readings: readonly StoredReading[],
  { channels, target }: Pick<Recipe, 'channels' | 'target'>,
): History | null {
  const [first, last] = [readings[0], readings.at(-1)]
  if (first === undefined || last === undefined) return null
  const steps = last.step - first.step + 1
  const sensors = channels.length
  const targetIndex = channels.findIndex(({ name }) => name === target.channel)
  const values = new Float32Array(steps * sensors).fill(Number.NaN)
  const hasReading = new Uint8Array(steps)
  const measured = new Float64Array(steps).fill(Number.NaN)
  for (const { step, valid } of readings) {
    const row = step - first.step
    values.set(valid, row * sensors)
    hasReading[row] = 1
    measured[row] = valid[targetIndex]!
  }
  const before =
    (row: number): ValueBefore =>
    (back) =>
      measured[row - back] ?? Number.NaN
  return {
    firstStep: first.step,
    series: { values, steps, sensors },
    hasReading,
    truth: measured.map((_, row) => labelOf(target, before(row))),
    persistence: measured.map((_, row) => persistenceOf(target, before(row))),
  }
}

/**
 * Rows of the history at which a forecast was issued, its window lies whole in the ring, and persistence and truth are valid.
 */
export function issueRows(
  history: History,
  { windowSteps, horizonSteps }: { windowSteps: number; horizonSteps: number },
): readonly number[] {
  const rows: number[] = []
  for (let row = windowSteps - 1; row + horizonSteps < history.series.steps; row++) {
    const isWhole = history.hasReading[row] === 1 && Number.isFinite(history.persistence[row])
    if (isWhole && Number.isFinite(history.truth[row + horizonSteps])) rows.push(row)
  }
  return rows
}

/** Last UTC day that a model may have seen at this site; null when it never saw the site. Only later days are evidence. */
export const seenUntil = (manifest: Manifest, site: SiteId): UtcDay | null =>
  trainedSites(manifest).includes(site)
    ? epochMsToUtcDay(epochMs(Date.parse(manifest.annotations['io.fleetcast.dataUntil'])))
    : null

export const isUnseen = (day: UtcDay, until: UtcDay | null): boolean => until === null || day > until
