/** A failed gate is overridden by two people: one asks and says why, another one decides and says why. Both stay visible. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Clock } from '../ports/clock.ts'
import { appendEvents } from '../store/queries/events.ts'
import {
  decideOverrideRow,
  findOverride,
  insertOverride,
  listOverrides,
  type OverrideRow,
} from '../store/queries/gate-overrides.ts'
import { findVersion } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { failedGates, GateReport } from './gate-report.ts'

export type OverridePorts = { readonly store: Store; readonly clock: Pick<Clock, 'now'> }

export type OverrideRequest = {
  readonly id: string
  readonly recipe: string
  readonly version: number
  readonly gate: string
  readonly reason: string
  readonly requestedBy: string
}

export type RequestCode = 'version/notFound' | 'gates/notFailed' | 'gates/overrideExists'

/** Only for a gate that failed, and once: after a rejection it may be asked again. */
export async function requestOverride(
  { store, clock }: OverridePorts,
  request: OverrideRequest,
): Promise<Result<OverrideRow, Refusal<RequestCode>>> {
  const { recipe, version, gate, requestedBy, reason } = request
  const name = `${recipe}@${version}`
  const row = await findVersion(store, recipe, version)
  if (row === undefined) return refuse('version/notFound', `${recipe} has no version ${version}`)
  const bad: readonly string[] = row.gates === null ? [] : failedGates(GateReport.parse(row.gates))
  if (!bad.includes(gate))
    return refuse('gates/notFailed', `${gate} did not fail on ${name}; failed: ${bad.join(', ') || 'none'}`)
  const asked: OverrideRow = {
    ...{ ...request, digest: row.digest, requestedAt: clock.now(), state: 'open' },
    ...{ decidedBy: null, decidedAt: null, decisionReason: null },
  }
  return store.tx(async (db) => {
    const known = (await listOverrides({ ...store, db })).find(
      (one) => one.digest === row.digest && one.gate === gate && one.state !== 'rejected',
    )
    if (known !== undefined)
      return refuse(
        'gates/overrideExists',
        `${gate} of ${name} is ${known.state} already, asked by ${known.requestedBy}`,
      )
    await insertOverride(db, store, asked)
    await appendEvents(db, store, [
      eventOf(asked, asked.requestedAt, `${requestedBy} asks to override ${gate}: ${reason}`),
    ])
    return ok(asked)
  })
}

export type OverrideDecided = {
  readonly id: string
  readonly decision: 'approved' | 'rejected'
  readonly reason: string
  readonly decidedBy: string
}

export type DecideCode = 'gates/overrideNotFound' | 'gates/secondPersonNeeded' | 'gates/overrideDecided'

/** Approval takes another person than the one who asked; rejecting may be done by anybody, also by oneself. */
export async function decideOverride(
  { store, clock }: OverridePorts,
  { id, decision, reason, decidedBy }: OverrideDecided,
): Promise<Result<OverrideRow, Refusal<DecideCode>>> {
  const row = await findOverride(store, id)
  if (row === undefined)
    return refuse(
      'gates/overrideNotFound',
      `no override is ${id}; "fleetcast models gates list" shows what there is`,
    )
  if (decision === 'approved' && decidedBy === row.requestedBy)
    return refuse(
      'gates/secondPersonNeeded',
      `${row.requestedBy} asked for it, so somebody else has to approve it`,
    )
  const now = clock.now()
  const decided = { state: decision, decidedBy, decidedAt: now, decisionReason: reason }
  const isFirst = await store.tx(async (db) => {
    if (!(await decideOverrideRow(db, store, { id, decision: decided }))) return false
    const message = `${decidedBy} has ${decision} the override of ${row.gate}: ${reason}`
    await appendEvents(db, store, [eventOf(row, now, message)])
    return true
  })
  if (!isFirst) return refuse('gates/overrideDecided', `${row.gate} is decided already; a decision stays`)
  return ok({ ...row, ...decided })
}

const eventOf = ({ recipe, version }: OverrideRow, at: number, message: string) => ({
  ...{ at, eventTime: null, source: 'operator', subject: `${recipe}@${version}` },
  ...{ code: 'gates/override', severity: 'warning', message },
})
