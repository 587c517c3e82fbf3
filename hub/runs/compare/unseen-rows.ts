/**
 * Rows that neither model can have learned from: at a site that trained it, those from its last training row on; at every
 * other site all. A model that is judged on what it was fitted to looks better than it is.
 */
import type { StationSeries } from '../../datasets/station-series.ts'
import type { Samples } from '../../training/build-samples.ts'
import type { ModelFile } from '../work.ts'
import type { Comparison } from './comparison.ts'

export type Trained = Pick<ModelFile, 'sites' | 'dataUntil'>

export type UnseenRows = { readonly unseen: Int32Array; readonly counts: Comparison['rows'] }

export function unseenRows(
  samples: Pick<Samples, 'seriesIndex' | 'timeSeconds'>,
  series: readonly Pick<StationSeries, 'site'>[],
  { a, b }: { readonly a: Trained; readonly b: Trained },
): UnseenRows {
  const counts = { counted: 0, seenByA: 0, seenByB: 0, seenByBoth: 0 }
  const unseen: number[] = []
  samples.seriesIndex.forEach((index, row) => {
    const { site } = series[index]!
    // The newest reading of the window: what is forecast lies behind it.
    const isSeenBy = ({ sites, dataUntil }: Trained): boolean =>
      sites.includes(site) && samples.timeSeconds[row]! * 1_000 < dataUntil
    const [byA, byB] = [isSeenBy(a), isSeenBy(b)]
    if (byA && byB) counts.seenByBoth += 1
    else if (byA) counts.seenByA += 1
    else if (byB) counts.seenByB += 1
    else unseen.push(row)
  })
  return { unseen: Int32Array.from(unseen), counts: { ...counts, counted: unseen.length } }
}
