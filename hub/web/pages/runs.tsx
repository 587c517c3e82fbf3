import { useState } from 'preact/hooks'
import type { Overview } from '../../api/resources/overview.ts'
import type { RunDetail, RunResource } from '../../api/resources/run.ts'
import type { Reproduction } from '../../registry/reproduction.ts'
import { now } from '../data.ts'
import { ago, duration, short } from '../format.ts'
import { RunChip } from '../parts/chip.tsx'
import { Confirm, type Confirmed } from '../parts/confirm.tsx'
import { Facts } from '../parts/facts.tsx'
import { RoleButton, RoleNote } from '../parts/role-button.tsx'
import { Algorithms, ReproductionPart, RunLock, RunTrials } from '../parts/run-report.tsx'

/** `detail`: of the run that the address names, once the hub has told it. */
export function RunsPage({
  seen,
  item,
  detail,
}: {
  seen: Overview
  item: string | null
  detail: RunDetail | null
}) {
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null)
  const shown = item === null ? null : detail
  return (
    <>
      {shown === null ? (
        <RunList runs={seen.runs} item={item} onAsk={setConfirmed} />
      ) : (
        <OneRun run={shown} onAsk={setConfirmed} />
      )}
      {confirmed === null ? null : <Confirm what={confirmed} onClose={() => setConfirmed(null)} />}
    </>
  )
}

type Ask = { readonly onAsk: (what: Confirmed) => void }

function RunList({ runs, item, onAsk }: Ask & { runs: readonly RunResource[]; item: string | null }) {
  const isKnown = runs.some(({ id }) => id === item)
  return (
    <section>
      <h2>Runs</h2>
      {item === null ? null : (
        <p class={isKnown ? 'loading' : 'warn'}>
          {isKnown ? 'Asking the hub ...' : `No run is named ${item}.`}
        </p>
      )}
      {runs.length === 0 ? (
        <p class="empty">A training run appears here: "fleetcast train --dataset DIGEST".</p>
      ) : (
        <>
          <RoleNote role="releaser" />
          <div class="scroll" tabIndex={0} role="region" aria-label="Runs">
            <table class="middle">
              <thead>
                <tr>
                  {['Run', 'What', 'State', 'Progress', 'Took', 'Asked', 'Message', ''].map((title) => (
                    <th key={title}>{title}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {runs.map((run) => (
                  <RunRow key={run.id} run={run} onAsk={onAsk} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  )
}

const RunRow = ({ run, onAsk }: Ask & { run: RunResource }) => (
  <tr>
    <td>
      <a href={`#/runs/${run.id}`}>{run.id.slice(0, 8)}</a>
    </td>
    <td>
      {run.kind} {run.recipe}
    </td>
    <td>
      <RunChip state={run.state} />
    </td>
    <td>
      <Progress run={run} />
    </td>
    <td>{took(run)}</td>
    <td title={run.requestedBy ?? ''}>{ago(run.createdAt, now.value)}</td>
    <td class="wrap">{run.message}</td>
    <td>
      <Buttons run={run} onAsk={onAsk} />
    </td>
  </tr>
)

function Progress({ run: { state, stage, fraction } }: { run: RunResource }) {
  if (state === 'queued') return <>waits</>
  if (state === 'succeeded') return null
  if (state !== 'running') return <span class="quiet">at {stage}</span>
  const percent = Math.round(100 * fraction)
  return (
    <>
      <progress value={fraction} max={1} aria-label={`${stage}, ${percent} %`} /> {percent} % {stage}
    </>
  )
}

/** From the start of its process. */
const took = ({ startedAt, endedAt }: RunResource): string =>
  startedAt === null ? '–' : duration((endedAt ?? now.value) - startedAt)

function Buttons({ run, onAsk }: Ask & { run: RunResource }) {
  const { id, endedAt, state, kind } = run
  if (endedAt === null)
    return (
      <RoleButton role="releaser" isDanger onClick={() => onAsk(cancelling(id))}>
        Cancel
      </RoleButton>
    )
  if (state !== 'succeeded' || kind !== 'train') return null
  return (
    <RoleButton role="releaser" onClick={() => onAsk(reproducing(id))}>
      Reproduce
    </RoleButton>
  )
}

const cancelling = (id: string): Confirmed => ({
  title: 'Cancel the run',
  explanation: 'Its process is stopped and nothing of it is registered. The next run in the queue begins.',
  path: `/api/v1/runs/${id}/cancel`,
  needsReason: true,
  body: {},
})

const reproducing = (id: string): Confirmed => ({
  title: 'Reproduce the run',
  explanation:
    'It is trained again from the same recipe, data, sites and seed. Nothing is registered; what comes out is compared, file by file.',
  path: `/api/v1/runs/${id}/reproduce`,
  needsReason: false,
  body: {},
})

function OneRun({ run, onAsk }: Ask & { run: RunDetail }) {
  const found = run.kind === 'reproduce' ? (run.result as Reproduction | null) : null
  const facts: readonly [string, string][] = [
    ['Run', run.id],
    ['Asked by', run.requestedBy ?? 'unknown'],
    ['Dataset', short(run.dataset)],
    ['Selection', run.selection],
    ['Took', took(run)],
    ['Version', run.version === null ? 'none' : String(run.version)],
  ]
  return (
    <>
      <section>
        <p class="row">
          <h2>
            {run.kind} {run.recipe}
          </h2>
          <RunChip state={run.state} />
          <Progress run={run} />
          <Buttons run={run} onAsk={onAsk} />
          <RoleNote role="releaser" />
        </p>
        {found === null ? <p class={run.state === 'failed' ? 'bad' : 'quiet'}>{run.message}</p> : null}
        <Facts facts={facts} />
      </section>
      {found === null ? null : <ReproductionPart found={found} />}
      {run.report === null ? null : <Algorithms report={run.report} />}
      {run.trials.length === 0 ? null : (
        <RunTrials trials={run.trials} chosen={run.report?.chosenTrial ?? null} />
      )}
      {run.lock === null ? null : <RunLock lock={run.lock} runKey={run.runKey} />}
    </>
  )
}
