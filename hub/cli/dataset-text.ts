/** Datasets and their quality reports as lines of text. */
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { DatasetResource } from '../api/resources/dataset.ts'
import { textTable } from './text-table.ts'

/** One line each. */
export const datasetTable = (datasets: readonly DatasetResource[]): string =>
  textTable(
    ['DATASET', 'NAME', 'SOURCE', 'ROWS', 'STATIONS', 'FINDINGS'],
    datasets.map((dataset) => [
      shortDigest(dataset.digest),
      dataset.name,
      dataset.source,
      dataset.rows,
      dataset.stations.join(' '),
      dataset.findings.length,
    ]),
  )

/** The quality report as lines: what is there, what is missing, what looks wrong. */
export function datasetText(dataset: DatasetResource): string {
  const stations = dataset.coverage.map((station) => [
    station.station,
    station.rows,
    `${((100 * station.rows) / Math.max(1, station.expected)).toFixed(1)} %`,
    station.gaps,
    station.duplicates,
  ])
  const findings = dataset.findings.map(
    (finding) =>
      `  ${finding.code} at ${finding.station}${finding.channel === null ? '' : `/${finding.channel}`}: ${finding.count} (${finding.examples.slice(0, 2).join('; ')})`,
  )
  return [
    `dataset ${shortDigest(dataset.digest)}: ${dataset.rows} rows of ${dataset.stations.length} stations${originText(dataset)}`,
    textTable(['STATION', 'ROWS', 'COVERAGE', 'GAPS', 'DUPLICATES'], stations),
    findings.length === 0 ? 'nothing looks wrong' : `findings:\n${findings.join('\n')}`,
  ].join('\n')
}

const originText = ({ source, asOf }: DatasetResource): string => {
  const known = asOf === null ? '' : `as known at ${new Date(asOf).toISOString()}`
  return [source === 'fleet' ? 'measured by the fleet' : '', known]
    .filter((part) => part !== '')
    .map((part) => `, ${part}`)
    .join('')
}
