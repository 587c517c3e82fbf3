import type { DeviceResource } from '../../api/resources/device.ts'
import type { Overview } from '../../api/resources/overview.ts'
import { eventTime } from '../format.ts'
import { RolloutChip, HealthChip } from '../parts/chip.tsx'
import { Events } from '../parts/events.tsx'
import { StageStrip } from '../parts/stage-strip.tsx'
import { FleetTable } from '../parts/fleet-table.tsx'

/** Most urgent first. */
const URGENCY: readonly DeviceResource['health']['state'][] = [
  'silent',
  'deadChannel',
  'failingSensor',
  'rolledBack',
  'worseThanPersistence',
]
const DOING: Record<string, string> = { train: 'training', check: 'checking', compare: 'comparing' }
const OPEN = ['running', 'soaking', 'rollingBack', 'paused']

export function OverviewPage({ seen }: { seen: Overview }) {
  return (
    <>
      <Attention seen={seen} />
      <FleetTable devices={seen.devices} />
      <Current seen={seen} />
      <Events events={seen.events} />
    </>
  )
}

function Attention({ seen }: { seen: Overview }) {
  const troubled = seen.devices
    .filter(({ health }) => URGENCY.includes(health.state))
    .sort((a, b) => URGENCY.indexOf(a.health.state) - URGENCY.indexOf(b.health.state))
  const paused = seen.rollouts.filter(({ state }) => state === 'paused')
  const failedRuns = seen.runs.filter(({ kind, state }) => kind === 'train' && state === 'failed')
  const { state, expiring } = seen.hub.trust
  const isUntrusted = state === 'none'
  if (troubled.length + paused.length + failedRuns.length + expiring.length === 0 && !isUntrusted)
    return (
      <section>
        <h2>Needs attention</h2>
        <p class="good">✓ Nothing is wrong and nothing waits for you.</p>
      </section>
    )
  return (
    <section>
      <h2>Needs attention</h2>
      <ul class="plain">
        {isUntrusted ? (
          <li>
            <span class="bad">✕ no trust</span> no station can join and nothing can be released: type{' '}
            <code>fleetcast trust init --demo</code>, or hold the key ceremony
          </li>
        ) : null}
        {expiring.map(({ name, version, expiresAt }) => (
          <li key={name}>
            <span class="bad">✕ expires {eventTime(expiresAt).slice(0, 10)}</span> {name}, version {version}:
            without a new one devices install nothing more
          </li>
        ))}
        {troubled.map((device) => (
          <li key={device.id}>
            <HealthChip health={device.health} /> <a href={`#/stations/${device.id}`}>{device.id}</a>{' '}
            {device.health.reason}
          </li>
        ))}
        {paused.map((rollout) => (
          <li key={rollout.id}>
            <RolloutChip state={rollout.state} /> <a href={`#/rollouts/${rollout.id}`}>{rollout.id}</a> waits
            for you: {rollout.reason}
          </li>
        ))}
        {failedRuns.map((run) => (
          <li key={run.id}>
            <span class="bad">✕ {run.kind} failed</span> <a href={`#/runs/${run.id}`}>{run.recipe}</a>:{' '}
            {run.message}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Current({ seen }: { seen: Overview }) {
  const running = seen.runs.filter(({ state }) => state === 'queued' || state === 'running')
  const shown = seen.rollouts.filter(({ state }) => OPEN.includes(state))
  const rollouts = shown.length > 0 ? shown : seen.rollouts.slice(0, 1)
  return (
    <section>
      <h2>Under way</h2>
      {running.map((run) => (
        <p key={run.id} class="row">
          <a href={`#/runs/${run.id}`}>
            <strong>
              {DOING[run.kind] ?? run.kind} {run.recipe}
            </strong>
          </a>
          <progress
            value={run.fraction}
            max={1}
            aria-label={`${DOING[run.kind] ?? run.kind}, ${Math.round(run.fraction * 100)} %`}
          />{' '}
          {Math.round(run.fraction * 100)} % <span class="quiet">{run.message}</span>
        </p>
      ))}
      {rollouts.map((rollout) => (
        <div key={rollout.id}>
          <p class="row">
            <a href={`#/rollouts/${rollout.id}`}>
              <strong>{rollout.id}</strong>
            </a>
            <RolloutChip state={rollout.state} />
          </p>
          <StageStrip rollout={rollout} />
        </div>
      ))}
      {running.length + rollouts.length === 0 ? (
        <p class="empty">
          No training and no rollout yet. A registered version can be started from the models page.
        </p>
      ) : null}
    </section>
  )
}
