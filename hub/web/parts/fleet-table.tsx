import { scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import type { BundleStatus } from '@fleetcast/shared/protocol/telemetry.ts'
import type { DeviceResource } from '../../api/resources/device.ts'
import { now } from '../data.ts'
import { ago, count, eventTime, lossOrDash, relative, version } from '../format.ts'
import { HealthChip } from './chip.tsx'

/** One line a station: what it serves and how well, beside persistence on the same forecasts. */
export function FleetTable({ devices }: { devices: readonly DeviceResource[] }) {
  return (
    <section>
      <h2>Stations</h2>
      {devices.length === 0 ? (
        <p class="empty">No station is known yet; "fleetcast devices add ID --site SITE" announces one.</p>
      ) : null}
      <div class="scroll" tabIndex={0} role="region" aria-label="Stations">
        <table>
          <thead>
            <tr>
              <th>Station</th>
              <th>Health</th>
              <th>Serves</th>
              <th>Candidate</th>
              <th class="number">Error</th>
              <th class="number">Persistence</th>
              <th class="number">Difference</th>
              <th class="number">Verified</th>
              <th>Newest reading</th>
              <th>Last heard</th>
            </tr>
          </thead>
          <tbody>
            {devices.map((device) => (
              <Station key={device.id} device={device} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Station({ device }: { device: DeviceResource }) {
  const isBetter = device.mae !== null && device.persistenceMae !== null && device.mae < device.persistenceMae
  return (
    <tr>
      <td>
        <a href={`#/stations/${device.id}`}>{device.id}</a>
        <div class="quiet">{device.recipe}</div>
      </td>
      <td>
        <HealthChip health={device.health} />
      </td>
      <td>
        {version(device.servingVersion)}
        {device.servingState === 'trial' ? <span class="quiet"> (trial)</span> : null}
      </td>
      <td>
        {device.candidateVersion === null ? (
          <span class="quiet">–</span>
        ) : (
          `v${device.candidateVersion} ${device.candidateState}`
        )}
        <Downloads bundles={device.bundles} />
      </td>
      <td class="number">
        {lossOrDash(device.mae)} {device.mae === null ? '' : <span class="quiet">{scoreUnit(device)}</span>}
      </td>
      <td class="number">{lossOrDash(device.persistenceMae)}</td>
      <td class={`number ${device.mae === null ? '' : isBetter ? 'good' : 'warn'}`}>
        {relative(device.mae, device.persistenceMae)}
      </td>
      <td class="number">{count(device.verifiedForecasts)}</td>
      <td>{eventTime(device.lastReadingAt)}</td>
      <td class="quiet">{ago(device.lastSeenAt, now.value)}</td>
    </tr>
  )
}

function Downloads({ bundles }: { bundles: readonly BundleStatus[] }) {
  return (
    <>
      {bundles
        .filter((bundle) => bundle.state !== 'installed')
        .map((bundle) => (
          <div key={bundle.digest} class={bundle.state === 'rejected' ? 'bad' : 'quiet'}>
            {bundle.state === 'downloading' ? (
              <progress value={bundle.progress} max={1} aria-label="download" />
            ) : null}{' '}
            {bundle.state}
            {bundle.message === null ? '' : `: ${bundle.message}`}
          </div>
        ))}
    </>
  )
}
