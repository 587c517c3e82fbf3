/**
 * Runs the planner at every tick: snapshot of the fleet and its evidence -> plan -> independent check -> one transaction
 * with the rollout, the orders, the verdicts and the events -> the orders go out. A plan that fails its check is a bug:
 * nothing of it is stored, and the rollout is paused where it stands.
 */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { DurationMs, EpochMs } from '@fleetcast/shared/units.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import {
  insertDecisions,
  listRollouts,
  saveRollout,
  type NewDecision,
  type RolloutRow,
} from '../store/queries/rollouts.ts'
import { lockRegistry } from '../store/queries/aliases.ts'
import { crownVersion, uncrownVersion } from '../registry/champion-of-rollout.ts'
import { appendEvents } from '../store/queries/events.ts'
import type { Db, Store } from '../store/store.ts'
import { checkPlan } from './check-plan.ts'
import type { EvidenceDay } from './evidence-day.ts'
import type { DesiredOrder, DeviceView, Plan } from './plan.ts'
import { planRollout } from './plan-rollout.ts'
import { Rollout } from './rollout.ts'

export type RolloutLoopPorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
  readonly readFleet: (
    rollout: Rollout,
  ) => Promise<{ readonly devices: readonly DeviceView[]; readonly evidence: readonly EvidenceDay[] }>
  /** The next stage: stores the orders inside the plan's transaction and returns what publishes them afterwards. */
  readonly order: (db: Db, orders: readonly DesiredOrder[], now: EpochMs) => Promise<() => void>
}

const OPEN: readonly Rollout['state'][] = ['running', 'soaking', 'rollingBack']

/** Plans every open rollout at each tick until the signal aborts. */
export async function rolloutLoop(
  ports: RolloutLoopPorts,
  every: DurationMs,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const row of await listRollouts(ports.store)) {
        const rollout = Rollout.parse(row.body)
        if (OPEN.includes(rollout.state)) await planOnce(ports, row, rollout)
      }
    } catch (cause) {
      ports.log.error({ cause }, 'planning failed; the next tick tries again')
    }
    await ports.clock.sleep(every, signal)
  }
}

async function planOnce(ports: RolloutLoopPorts, row: RolloutRow, rollout: Rollout): Promise<void> {
  const { store, clock, log, changes } = ports
  const now = clock.now()
  const { devices, evidence } = await ports.readFleet(rollout)
  const plan = planRollout({ rollout, devices, evidence, now })
  const violations = checkPlan({ before: rollout, plan, devices })
  if (violations.length > 0) {
    log.error({ rollout: rollout.id, violations }, 'the plan broke its own rules and was not carried out')
    return
  }
  const publish = await store.tx(async (db) => {
    await lockRegistry(db, store)
    const isSaved = await saveRollout(db, store, {
      id: row.id,
      revision: row.revision,
      set: { state: plan.rollout.state, body: plan.rollout, updatedAt: now },
    })
    if (!isSaved) return null
    await moveChampion(db, store, { before: rollout, after: plan.rollout, now })
    await insertDecisions(db, store, decisionsOf(rollout, plan, { now, evidence }))
    await appendEvents(
      db,
      store,
      plan.events.map((event) => ({
        ...event,
        at: now,
        eventTime: null,
        source: 'rollout',
        subject: rollout.id,
      })),
    )
    return ports.order(db, plan.desired, now)
  })
  publish?.()
  changes.announce('rollouts', ...(plan.events.length > 0 ? (['events'] as const) : []))
}

type Planned = { readonly before: Rollout; readonly after: Rollout; readonly now: EpochMs }

/** A version becomes the recipe's champion when its rollout completes, and is it no more once that is rolled back. */
async function moveChampion(db: Db, store: Store, { before, after, now }: Planned): Promise<void> {
  if (after.state === before.state) return
  const { id, recipe, digest } = after
  if (after.state === 'completed') await crownVersion(db, store, { id, recipe, digest, at: now })
  if (after.state === 'rolledBack') await uncrownVersion(db, store, { id, recipe, digest, at: now })
}

/** A verdict is kept with the numbers it stands on and the digest of the evidence it has seen. */
function decisionsOf(
  before: Rollout,
  plan: Plan,
  { now, evidence }: { now: EpochMs; evidence: readonly EvidenceDay[] },
): NewDecision[] {
  return plan.rollout.stages.flatMap((stage, i) =>
    stage.verdict === null || stage.verdict === before.stages[i]?.verdict
      ? []
      : [
          {
            rollout: plan.rollout.id,
            stage: stage.name,
            at: now,
            verdict: stage.verdict,
            reasons: stage.reasons,
            measurements: stage.measurements,
            policyDigest: plan.rollout.policyDigest,
            evidenceDigest: sha256(canonicalJson(evidence)),
          },
        ],
  )
}
