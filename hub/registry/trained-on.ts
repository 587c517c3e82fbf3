/** Which observations a run has seen: the dataset's periods, cut to the run's selection. */
import type { DatasetReport } from '../datasets/dataset-report.ts'
import type { RunSelection } from '../runs/run-selection.ts'

/** Event times of the first and of the last row. */
export type Period = { readonly from: number; readonly until: number }

export type StationPeriods = { readonly station: string; readonly periods: readonly Period[] }

/** Stations without a row in the selection are left out. */
export function trainedOn(report: DatasetReport, selection: RunSelection): readonly StationPeriods[] {
  const first = selection.from === null ? Number.NEGATIVE_INFINITY : Date.parse(selection.from)
  // The selection's end is exclusive, a period's is its last row.
  const last = selection.until === null ? Number.POSITIVE_INFINITY : Date.parse(selection.until) - 1
  return report.coverage
    .filter(({ station }) => selection.stations === null || selection.stations.includes(station))
    .map(({ station, periods }) => ({
      station,
      periods: (periods.length > 0 ? periods : [report]).flatMap((period) =>
        overlap(period, { from: first, until: last }),
      ),
    }))
    .filter(({ periods }) => periods.length > 0)
}

/** What two periods share: one period or none. */
export function overlap(a: Period, b: Period): readonly Period[] {
  const shared = { from: Math.max(a.from, b.from), until: Math.min(a.until, b.until) }
  return shared.from <= shared.until ? [shared] : []
}
