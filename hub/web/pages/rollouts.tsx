import { useState } from 'preact/hooks'
import type { Overview } from '../../api/resources/overview.ts'
import type { RolloutResource, StageResource } from '../../api/resources/rollout.ts'
import { clockTime, count, lossOrDash, percent, short } from '../format.ts'
import { Confirm, type Confirmed } from '../parts/confirm.tsx'
import { RoleButton, RoleNote } from '../parts/role-button.tsx'
import { RolloutChip, StageChip } from '../parts/chip.tsx'
import { IntervalPlot } from '../parts/interval-plot.tsx'
import { StageStrip } from '../parts/stage-strip.tsx'

export function RolloutsPage({ seen, item }: { seen: Overview; item: string | null }) {
  const chosen = seen.rollouts.find(({ id }) => id === item)
  const newest = seen.rollouts.find(({ recipe }) => recipe === chosen?.recipe)
  if (chosen !== undefined) return <RolloutDetail rollout={chosen} isNewest={newest === chosen} />
  return (
    <section>
      <h2>Rollouts</h2>
      {item === null ? null : <p class="warn">No rollout is named {item}.</p>}
      {seen.rollouts.length === 0 ? (
        <p class="empty">A rollout appears here when a version is sent on its way.</p>
      ) : null}
      {seen.rollouts.map((rollout) => (
        <div key={rollout.id}>
          <p class="row">
            <a href={`#/rollouts/${rollout.id}`}>
              <strong>{rollout.id}</strong>
            </a>
            <RolloutChip state={rollout.state} /> <span class="quiet">{rollout.reason}</span>
          </p>
          <StageStrip rollout={rollout} />
        </div>
      ))}
    </section>
  )
}

type Operation = {
  readonly name: string
  readonly title: string
  readonly explanation: string
  readonly states: readonly RolloutResource['state'][]
  readonly isDanger: boolean
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'pause',
    title: 'Pause',
    explanation:
      'No further stage opens and nothing is judged until it is resumed. Every station keeps what it runs.',
    states: ['running', 'soaking'],
    isDanger: false,
  },
  {
    name: 'resume',
    title: 'Resume',
    explanation: 'The stage gathers evidence again, for as many days as the policy gave it.',
    states: ['paused'],
    isDanger: false,
  },
  {
    name: 'abort',
    title: 'Abort',
    explanation:
      'Stops for good. Stages that passed keep the version: their evidence carried it. Candidates are withdrawn.',
    states: ['running', 'soaking', 'paused'],
    isDanger: true,
  },
  {
    name: 'rollback',
    title: 'Roll back',
    explanation:
      'Every station goes back to what it served before. It still holds that bundle, so nothing is downloaded.',
    states: ['running', 'soaking', 'paused', 'completed', 'aborted'],
    isDanger: true,
  },
]

/** Only the newest rollout of a recipe can be rolled back: an older one does not know what came after it. */
function RolloutDetail({ rollout, isNewest }: { rollout: RolloutResource; isNewest: boolean }) {
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null)
  return (
    <>
      <section>
        <p class="row">
          <h1>{rollout.id}</h1>
          <RolloutChip state={rollout.state} />
        </p>
        <p>{rollout.reason}</p>
        <p class="quiet">
          version {rollout.version}, bundle {short(rollout.digest)}, policy {short(rollout.policyDigest)},
          last moved at {clockTime(rollout.updatedAt)}
        </p>
        <p class="row">
          {OPERATIONS.filter(
            ({ name, states }) => states.includes(rollout.state) && (isNewest || name !== 'rollback'),
          ).map((operation) => (
            <RoleButton
              key={operation.name}
              role="operator"
              isDanger={operation.isDanger}
              onClick={() =>
                setConfirmed({
                  ...operation,
                  path: `/api/v1/rollouts/${encodeURIComponent(rollout.id)}/${operation.name}`,
                  needsReason: true,
                  body: {},
                })
              }
            >
              {operation.title}
            </RoleButton>
          ))}
          <RoleNote role="operator" />
        </p>
      </section>
      {rollout.stages.map((stage) => (
        <StageDetail key={stage.name} stage={stage} />
      ))}
      {confirmed === null ? null : <Confirm what={confirmed} onClose={() => setConfirmed(null)} />}
    </>
  )
}

function StageDetail({ stage }: { stage: StageResource }) {
  return (
    <section>
      <p class="row">
        <h2>{stage.name}</h2>
        <StageChip state={stage.state} />
        <span class="quiet">{stage.devices.join(', ')}</span>
      </p>
      {stage.reasons.map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      {stage.waitsFor.map((text) => (
        <p key={text} class="quiet">
          waits for: {text}
        </p>
      ))}
      {stage.measurements.length === 0 ? null : <Measurements stage={stage} />}
      {stage.bySite.length === 0 ? null : <BySite stage={stage} />}
    </section>
  )
}

function Measurements({ stage }: { stage: StageResource }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Evidence of ${stage.name}`}>
      <table>
        <thead>
          <tr>
            <th>Against</th>
            <th class="number">Difference</th>
            <th>Interval and margin</th>
            <th class="number">Margin</th>
            <th class="number">Days</th>
            <th class="number">Pairs</th>
            <th class="number">Error</th>
            <th class="number">Its error</th>
            <th>Drawn</th>
          </tr>
        </thead>
        <tbody>
          {stage.measurements.map((m) => (
            <tr key={m.reference}>
              <td>{m.reference.length === 64 ? `champion ${short(m.reference)}` : m.reference}</td>
              <td class="number">{percent(m.relativeDifference)}</td>
              <td>
                [{percent(m.lower)}, {percent(m.upper)}]
              </td>
              <td class="number">{percent(m.margin)}</td>
              <td class="number">{m.days}</td>
              <td class="number">{count(m.pairs)}</td>
              <td class="number">{lossOrDash(m.mae)}</td>
              <td class="number">{lossOrDash(m.referenceMae)}</td>
              <td style={{ minWidth: '220px' }}>
                <IntervalPlot measurement={m} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function BySite({ stage }: { stage: StageResource }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Station</th>
            <th class="number">Pairs</th>
            <th class="number">Error</th>
            <th class="number">Persistence</th>
          </tr>
        </thead>
        <tbody>
          {stage.bySite.map((site) => (
            <tr key={site.device}>
              <td>
                <a href={`#/stations/${site.device}`}>{site.device}</a>
              </td>
              <td class="number">{count(site.pairs)}</td>
              <td class="number">{lossOrDash(site.mae)}</td>
              <td class="number">{lossOrDash(site.persistenceMae)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
