import type { ComponentChildren } from 'preact'
import type { DeviceHealth } from '../../api/resources/device.ts'
import type { ModelResource } from '../../api/resources/model.ts'
import type { FeasibilityReport } from '../../runs/check/feasibility-report.ts'
import type { ComparedSlice } from '../../runs/compare/comparison.ts'
import type { RunResource } from '../../api/resources/run.ts'
import type { RolloutResource, StageResource } from '../../api/resources/rollout.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'accent' | 'plain'

/** A word with a sign, so that colour never says it alone. */
export function Chip({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`chip ${tone}`}>{children}</span>
}

type Look = { readonly tone: Tone; readonly word: string }

const HEALTH: Record<DeviceHealth['state'], Look> = {
  new: { tone: 'accent', word: '○ new' },
  revoked: { tone: 'plain', word: '⊘ revoked' },
  ok: { tone: 'good', word: '✓ ok' },
  silent: { tone: 'bad', word: '✕ silent' },
  deadChannel: { tone: 'bad', word: '✕ dead channel' },
  failingSensor: { tone: 'warn', word: '! failing sensor' },
  worseThanPersistence: { tone: 'warn', word: '! worse than persistence' },
  rolledBack: { tone: 'warn', word: '↩ rolled back' },
}

export const HealthChip = ({ health }: { health: DeviceHealth }) => (
  <Chip tone={HEALTH[health.state].tone}>{HEALTH[health.state].word}</Chip>
)

const ROLLOUT: Record<RolloutResource['state'], Look> = {
  running: { tone: 'accent', word: '▶ running' },
  soaking: { tone: 'accent', word: '◔ soaking' },
  paused: { tone: 'warn', word: '‖ paused' },
  completed: { tone: 'good', word: '✓ completed' },
  aborted: { tone: 'bad', word: '■ aborted' },
  rollingBack: { tone: 'warn', word: '↩ rolling back' },
  rolledBack: { tone: 'warn', word: '↩ rolled back' },
}

export const RolloutChip = ({ state }: { state: RolloutResource['state'] }) => (
  <Chip tone={ROLLOUT[state].tone}>{ROLLOUT[state].word}</Chip>
)

const RUN: Record<RunResource['state'], Look> = {
  queued: { tone: 'plain', word: '○ queued' },
  running: { tone: 'accent', word: '▶ running' },
  succeeded: { tone: 'good', word: '✓ succeeded' },
  failed: { tone: 'bad', word: '✕ failed' },
  cancelled: { tone: 'warn', word: '⊘ cancelled' },
}

export const RunChip = ({ state }: { state: RunResource['state'] }) => (
  <Chip tone={RUN[state].tone}>{RUN[state].word}</Chip>
)

const RELEASE: Record<ModelResource['release']['state'], Look> = {
  released: { tone: 'good', word: '✓ released' },
  notReleased: { tone: 'plain', word: '○ not released' },
  revoked: { tone: 'bad', word: '✕ revoked' },
}

export const ReleaseChip = ({ release: { state, epoch, reason } }: Pick<ModelResource, 'release'>) => (
  <Chip tone={RELEASE[state].tone}>
    {RELEASE[state].word}
    {epoch === null ? '' : `, epoch ${epoch}`}
    {reason === null ? '' : `: ${reason}`}
  </Chip>
)

const STAGE: Record<StageResource['state'], Look> = {
  waiting: { tone: 'plain', word: '○ waiting' },
  gathering: { tone: 'accent', word: '… gathering evidence' },
  promoting: { tone: 'accent', word: '▲ promoting' },
  passed: { tone: 'good', word: '✓ passed' },
  failed: { tone: 'bad', word: '✕ failed' },
  inconclusive: { tone: 'warn', word: '? inconclusive' },
}

export const stageTone = (state: StageResource['state']): Tone => STAGE[state].tone
export const StageChip = ({ state }: { state: StageResource['state'] }) => (
  <Chip tone={STAGE[state].tone}>{STAGE[state].word}</Chip>
)

const FEASIBILITY: Record<FeasibilityReport['verdict'], Look> = {
  feasible: { tone: 'good', word: '✓ feasible' },
  doubtful: { tone: 'warn', word: '! doubtful' },
  notFeasible: { tone: 'bad', word: '✕ not feasible' },
}

export const FeasibilityChip = ({ verdict }: Pick<FeasibilityReport, 'verdict'>) => (
  <Chip tone={FEASIBILITY[verdict].tone}>{FEASIBILITY[verdict].word}</Chip>
)

const COMPARED: Record<ComparedSlice['verdict'], Look> = {
  better: { tone: 'good', word: '▼ better' },
  worse: { tone: 'bad', word: '▲ worse' },
  notToldApart: { tone: 'plain', word: '≈ not told apart' },
  tooFewDays: { tone: 'plain', word: '… too few days' },
}

export const ComparedChip = ({ verdict }: Pick<ComparedSlice, 'verdict'>) => (
  <Chip tone={COMPARED[verdict].tone}>{COMPARED[verdict].word}</Chip>
)
