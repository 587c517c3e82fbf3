/** The gates of a version: verdicts with their numbers, and the way past a failed one, which takes two people. */
import type { GateEntry, GateName } from '../../gates/gate-report.ts'
import type { GateOverrideResource } from '../../api/resources/gates.ts'
import type { ModelResource } from '../../api/resources/model.ts'
import { signedIn } from '../ask.ts'
import { count, eventTime, short } from '../format.ts'
import { Chip, type Tone } from './chip.tsx'
import type { Confirmed } from './confirm.tsx'
import { RoleButton, RoleNote } from './role-button.tsx'

type Ask = (what: Confirmed) => void

export function GatesChip({ gates }: Pick<ModelResource, 'gates'>) {
  if (gates === null) return <Chip tone="plain">○ older than the gates</Chip>
  if (gates.passed) return <Chip tone="good">✓ gates passed</Chip>
  if (gates.blocking.length === 0) return <Chip tone="warn">! gates overridden</Chip>
  return <Chip tone="bad">✕ gates failed: {gates.blocking.join(', ')}</Chip>
}

export function Gates({ model, onAsk }: { model: ModelResource; onAsk: Ask }) {
  const { gates, overrides } = model
  if (gates === null) return null
  const failed = [...new Set(gates.gates.filter(({ verdict }) => verdict === 'fail').map(({ gate }) => gate))]
  return (
    <>
      {failed.map((gate) => (
        <FailedGate
          key={gate}
          gate={gate}
          model={model}
          why={gates.gates.filter((entry) => entry.gate === gate && entry.verdict === 'fail')}
          onAsk={onAsk}
        />
      ))}
      {gates.weaker.length === 0 ? null : (
        <p>
          <Chip tone="warn">! weaker than default</Chip> {gates.weaker.join(', ')}
        </p>
      )}
      {overrides.length === 0 ? null : <Overrides overrides={overrides} onAsk={onAsk} />}
      <details>
        <summary>
          Gates: {count(gates.gates.length)} measures, policy {short(gates.policyDigest)}
        </summary>
        <div class="scroll">
          <GateTable entries={gates.gates} />
        </div>
      </details>
    </>
  )
}

type Failed = {
  gate: GateName
  model: ModelResource
  why: readonly GateEntry[]
  onAsk: Ask
}

const REASONS_SHOWN = 5

function FailedGate({ gate, model, why, onAsk }: Failed) {
  const isAsked = model.overrides.some((one) => one.gate === gate && one.state !== 'rejected')
  const ask = (): void =>
    onAsk({
      title: `Ask to override ${gate}`,
      explanation: `Version ${model.version} may go on in spite of this gate when somebody else approves. The request stays with the version.`,
      path: '/api/v1/gate-overrides',
      needsReason: true,
      body: { recipe: model.recipe, version: model.version, gate },
    })
  return (
    <>
      <p class="row">
        <Chip tone="bad">✕ {gate}</Chip>
        {isAsked ? null : (
          <>
            <RoleButton role="releaser" onClick={ask}>
              Ask to override
            </RoleButton>
            <RoleNote role="releaser" />
          </>
        )}
      </p>
      <ul>
        {why.slice(0, REASONS_SHOWN).map(({ slice, message }) => (
          <li key={slice ?? ''}>
            {slice === null ? '' : `${slice}: `}
            {message}
          </li>
        ))}
        {why.length > REASONS_SHOWN ? <li>and {why.length - REASONS_SHOWN} more</li> : null}
      </ul>
    </>
  )
}

const STATES: Record<GateOverrideResource['state'], { readonly tone: Tone; readonly word: string }> = {
  open: { tone: 'accent', word: '… waits for a second person' },
  approved: { tone: 'warn', word: '! overridden' },
  rejected: { tone: 'plain', word: '✕ not overridden' },
}

function Overrides({ overrides, onAsk }: { overrides: readonly GateOverrideResource[]; onAsk: Ask }) {
  return (
    <ul class="events">
      {overrides.map((one) => (
        <li key={one.id}>
          <Chip tone={STATES[one.state].tone}>{STATES[one.state].word}</Chip> {one.gate}: {one.requestedBy}{' '}
          asked on {eventTime(one.requestedAt)}: “{one.reason}”
          {one.decidedBy === null ? null : ` ${one.decidedBy}: “${one.decisionReason ?? ''}”`}
          {one.state === 'open' ? <Decide override={one} onAsk={onAsk} /> : null}
        </li>
      ))}
    </ul>
  )
}

function Decide({ override, onAsk }: { override: GateOverrideResource; onAsk: Ask }) {
  const isOwn = signedIn()?.user === override.requestedBy
  const decide = (decision: 'approve' | 'reject'): void =>
    onAsk({
      title: decision === 'approve' ? `Override ${override.gate}` : `Keep ${override.gate} closed`,
      explanation: `${override.requestedBy} asked: ${override.reason}`,
      path: `/api/v1/gate-overrides/${override.id}/${decision}`,
      needsReason: true,
      body: {},
    })
  return (
    <span class="row">
      <RoleButton role="releaser" isDisabled={isOwn} onClick={() => decide('approve')}>
        Approve
      </RoleButton>
      <RoleButton role="releaser" onClick={() => decide('reject')}>
        Reject
      </RoleButton>
      {isOwn ? <span class="quiet">you asked for it; somebody else approves</span> : null}
      <RoleNote role="releaser" />
    </span>
  )
}

const VERDICTS: Record<GateEntry['verdict'], { readonly tone: Tone; readonly word: string }> = {
  pass: { tone: 'good', word: '✓ pass' },
  fail: { tone: 'bad', word: '✕ fail' },
  notTestable: { tone: 'plain', word: '○ not testable' },
}

function GateTable({ entries }: { entries: readonly GateEntry[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Gate</th>
          <th>Verdict</th>
          <th class="number">Value</th>
          <th class="number">Limit</th>
          <th class="number">Interval</th>
          <th class="number">Rows</th>
          <th class="number">Days</th>
          <th>In words</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <GateRow key={`${entry.gate} ${entry.slice ?? ''}`} entry={entry} />
        ))}
      </tbody>
    </table>
  )
}

function GateRow({ entry }: { entry: GateEntry }) {
  const { gate, slice, verdict, value, limit, lower, upper, n, days, message } = entry
  return (
    <tr>
      <td>{slice === null ? gate : `${gate}: ${slice}`}</td>
      <td>
        <Chip tone={VERDICTS[verdict].tone}>{VERDICTS[verdict].word}</Chip>
      </td>
      <td class="number">{digits(value)}</td>
      <td class="number">{digits(limit)}</td>
      <td class="number">
        {lower === null || upper === null ? '–' : `${digits(lower)} to ${digits(upper)}`}
      </td>
      <td class="number">{count(n)}</td>
      <td class="number">{days === 0 ? '–' : count(days)}</td>
      <td>{message}</td>
    </tr>
  )
}

const digits = (value: number | null): string => (value === null ? '–' : String(Number(value.toPrecision(3))))
