/** Which observations a version has seen: the dataset's periods, cut to the run's selection; or what an author says of it. */
import type { DatasetReport } from '../datasets/dataset-report.ts'
import type { ImportSignature } from '../onnx/import-signature.ts'
import type { RunSelection } from '../runs/run-selection.ts'

/** Event times of the first and of the last row; null: from the beginning, since nobody says when that was. */
export type Period = { readonly from: number | null; readonly until: number }

export type StationPeriods = { readonly station: string; readonly periods: readonly Period[] }

/** Stations without a row in the selection are left out. */
export function trainedOn(report: DatasetReport, selection: RunSelection): readonly StationPeriods[] {
  const first = selection.from === null ? null : Date.parse(selection.from)
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

/** Each station that the author names, for the whole time: it is not known when a station was silent. */
export function saidTrainedOn({
  trainedFrom,
  trainedUntil,
  trainedOn,
}: Pick<ImportSignature, 'trainedFrom' | 'trainedUntil' | 'trainedOn'>): readonly StationPeriods[] {
  const from = trainedFrom === undefined ? null : Date.parse(trainedFrom)
  const period = { from, until: Date.parse(trainedUntil) }
  return trainedOn.sites.map((station) => ({ station, periods: [period] }))
}

/** What two periods share: one period or none. */
export function overlap(a: Period, b: Period): readonly Period[] {
  const begins = [a.from, b.from].filter((from) => from !== null)
  const from = begins.length === 0 ? null : Math.max(...begins)
  const until = Math.min(a.until, b.until)
  return from === null || from <= until ? [{ from, until }] : []
}
