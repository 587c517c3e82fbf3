import { scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import type { AccuracyDay, DeviceDetail } from '../../api/resources/device.ts'
import { now } from '../data.ts'
import { ago, count, decimals, eventTime, lossOrDash, relative, short, version } from '../format.ts'
import { AccuracyChart } from '../parts/accuracy-chart.tsx'
import { Facts } from '../parts/facts.tsx'
import { ForecastBars } from '../parts/forecast-bars.tsx'
import { HealthChip } from '../parts/chip.tsx'
import { ProfileBars } from '../parts/profile-bars.tsx'

export function StationPage({ detail }: { detail: DeviceDetail }) {
  const { device, accuracy, profiles, profileTrend } = detail
  return (
    <>
      <section>
        <p class="row">
          <h1>{device.id}</h1>
          <HealthChip health={device.health} />
        </p>
        <p>{device.health.reason}</p>
        <StationFacts detail={detail} />
      </section>
      {device.forecast === null ? null : <ForecastBars forecast={device.forecast} />}
      <section>
        <h2>Error beside persistence, seven days together</h2>
        {accuracy.some(({ source }) => source !== 'backtest') ? (
          <AccuracyChart accuracy={accuracy} unit={scoreUnit(device)} />
        ) : (
          <p class="empty">
            Forecasts of a model are drawn here once the first of them could be verified, a day after it began
            to run.
          </p>
        )}
        <Totals accuracy={accuracy} />
      </section>
      <section>
        <h2>Channels: the newest day against the training data</h2>
        <p class="quiet">
          Shown, not alarmed on. Broad bars are the training data, narrow ones the day; the line is the
          distance of the last days.
        </p>
        {profiles.length === 0 ? (
          <p class="empty">
            Profiles appear with the first bundle: it brings the edges that every station counts between.
          </p>
        ) : null}
        <div class="channels">
          {profiles.map((profile) => (
            <ProfileBars key={profile.channel} profile={profile} trend={profileTrend} />
          ))}
        </div>
      </section>
      <div class="columns">
        <Sensors detail={detail} />
        <Ledger detail={detail} />
      </div>
    </>
  )
}

function StationFacts({ detail: { device } }: { detail: DeviceDetail }) {
  const { telemetry } = device
  const facts: readonly [string, string][] = [
    ['Serves', `${version(device.servingVersion)}, ${device.servingState}`],
    [
      'Candidate',
      device.candidateVersion === null ? 'none' : `v${device.candidateVersion}, ${device.candidateState}`,
    ],
    ['Recipe', device.recipe],
    [
      'Error / persistence',
      `${lossOrDash(device.mae)} / ${lossOrDash(device.persistenceMae)} ${scoreUnit(device)}`,
    ],
    ['Verified forecasts', count(device.verifiedForecasts)],
    ['Newest reading', eventTime(device.lastReadingAt)],
    [
      'Last heard',
      `${ago(device.lastSeenAt, now.value)}${device.isConnected ? ', connected' : ', not connected'}`,
    ],
    ['Order applied / wanted', `${device.generation} / ${device.desiredGeneration}`],
    [
      'Telemetry',
      `${count(telemetry.accepted)} accepted, ${telemetry.duplicates} duplicates, ${telemetry.rejected} rejected, ${telemetry.lost} lost`,
    ],
    ['Agent', `${device.agentVersion ?? '–'}, ${decimals(device.rssMb, 0)} MB`],
    ['Bundle', device.serving === null ? 'none' : short(device.serving)],
  ]
  return <Facts facts={facts} />
}

function Totals({ accuracy }: { accuracy: readonly AccuracyDay[] }) {
  const totals = new Map<
    string,
    {
      version: number
      source: string
      n: number
      sum: number
      reference: number
      intervals: number
      covered: number
    }
  >()
  for (const { version: number, source, n, mae, persistenceMae, intervals, covered } of accuracy) {
    const key = `${number} ${source}`
    const known = totals.get(key) ?? {
      ...{ version: number, source, n: 0, sum: 0, reference: 0 },
      ...{ intervals: 0, covered: 0 },
    }
    totals.set(key, {
      ...known,
      n: known.n + n,
      sum: known.sum + n * mae,
      reference: known.reference + n * persistenceMae,
      intervals: known.intervals + intervals,
      covered: known.covered + covered,
    })
  }
  if (totals.size === 0) return null
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Version</th>
            <th>How</th>
            <th class="number">Pairs</th>
            <th class="number">Error</th>
            <th class="number">Persistence</th>
            <th class="number">Difference</th>
            <th class="number">Within bounds</th>
          </tr>
        </thead>
        <tbody>
          {[...totals].map(([key, total]) => (
            <tr key={key}>
              <td>v{total.version}</td>
              <td>{total.source}</td>
              <td class="number">{count(total.n)}</td>
              <td class="number">{lossOrDash(total.sum / total.n)}</td>
              <td class="number">{lossOrDash(total.reference / total.n)}</td>
              <td class="number">{relative(total.sum, total.reference)}</td>
              <td class="number">
                {total.intervals === 0 ? '–' : `${decimals((100 * total.covered) / total.intervals, 0)} %`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Sensors({ detail: { device } }: { detail: DeviceDetail }) {
  return (
    <section>
      <h2>Sensors</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Channel</th>
              <th>State</th>
              <th>Last valid value</th>
            </tr>
          </thead>
          <tbody>
            {device.channels.map((channel) => (
              <tr key={channel.channel}>
                <td>{channel.channel}</td>
                <td class={channel.state === 'ok' ? 'good' : channel.state === 'dead' ? 'bad' : 'warn'}>
                  {channel.state === 'ok'
                    ? '✓ ok'
                    : channel.state === 'dead'
                      ? '✕ dead: nothing arrives'
                      : `! failing: ${channel.reason}`}
                </td>
                <td>{eventTime(channel.lastValidAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Ledger({ detail: { ledger } }: { detail: DeviceDetail }) {
  return (
    <section>
      <h2>Forecasts and their truth</h2>
      {ledger.length === 0 ? (
        <p class="empty">Every forecast is listed here by day: issued, verified, or why not.</p>
      ) : null}
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Day</th>
              <th class="number">Issued</th>
              <th class="number">Verified</th>
              <th class="number">Sensor failed</th>
              <th class="number">Never came</th>
            </tr>
          </thead>
          <tbody>
            {ledger.slice(0, 10).map((day) => (
              <tr key={day.day}>
                <td>{day.day}</td>
                <td class="number">{day.issued}</td>
                <td class="number">{day.verified}</td>
                <td class="number">{day.unverifiable}</td>
                <td class="number">{day.expired}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
