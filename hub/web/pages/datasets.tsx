import type { DatasetResource } from '../../api/resources/dataset.ts'
import { arrivalTime, count, eventTime, short } from '../format.ts'

export function DatasetsPage({ datasets }: { datasets: readonly DatasetResource[] }) {
  return (
    <>
      {datasets.length === 0 ? (
        <section>
          <h2>Datasets</h2>
          <p class="empty">
            An imported table appears here with its quality report: "fleetcast datasets import FILE". What
            stations measured becomes one with "fleetcast datasets from-fleet".
          </p>
        </section>
      ) : null}
      {datasets.map((dataset) => (
        <section key={dataset.digest}>
          <h2>
            {dataset.name} <span class="quiet">{short(dataset.digest)}</span>
          </h2>
          <p>
            {count(dataset.rows)} rows of {dataset.stations.length} stations, {eventTime(dataset.from)} to{' '}
            {eventTime(dataset.until)}
            {dataset.source === 'fleet' ? ', measured by the fleet' : ''}
            {dataset.asOf === null ? '' : `, as known at ${arrivalTime(dataset.asOf)}`}
          </p>
          <Coverage dataset={dataset} />
          <Findings dataset={dataset} />
        </section>
      ))}
    </>
  )
}

const share = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`

function Coverage({ dataset }: { dataset: DatasetResource }) {
  const channels = dataset.coverage[0]?.channels.map(({ channel }) => channel) ?? []
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Coverage of ${dataset.name}`}>
      <table>
        <thead>
          <tr>
            <th>Station</th>
            <th class="number">Rows</th>
            <th class="number">Coverage</th>
            <th class="number">Gaps</th>
            <th class="number">Duplicates</th>
            {channels.map((channel) => (
              <th key={channel} class="number">
                {channel}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {dataset.coverage.map((station) => (
            <tr key={station.station}>
              <td>{station.station}</td>
              <td class="number">{count(station.rows)}</td>
              <td class="number">{share(station.rows, station.expected)}</td>
              <td class="number">{station.gaps}</td>
              <td class="number">{station.duplicates}</td>
              {station.channels.map((channel) => (
                <td
                  key={channel.channel}
                  class="number"
                  title={`${channel.present} valid, ${channel.invalid} invalid`}
                >
                  {share(channel.present, station.rows)}
                  {channel.invalid > 0 ? <span class="warn"> !{channel.invalid}</span> : null}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Findings({ dataset }: { dataset: DatasetResource }) {
  if (dataset.findings.length === 0) return <p class="good">✓ Nothing looks wrong.</p>
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Findings in ${dataset.name}`}>
      <table>
        <thead>
          <tr>
            <th>Finding</th>
            <th>Where</th>
            <th class="number">Count</th>
            <th>Examples</th>
          </tr>
        </thead>
        <tbody>
          {dataset.findings.map((finding) => (
            <tr key={`${finding.code} ${finding.station} ${finding.channel}`}>
              <td>{finding.code}</td>
              <td>
                {finding.station}
                {finding.channel === null ? '' : ` / ${finding.channel}`}
              </td>
              <td class="number">{count(finding.count)}</td>
              <td class="wrap">{finding.examples.slice(0, 3).join('; ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
