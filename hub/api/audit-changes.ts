/** Every change in the audit log: one entry before its handler runs, a second one when it was refused or failed. */
import type { Context, Next } from 'hono'
import { actorName, type Actor } from '../access/access-ports.ts'
import { recordAudit } from '../access/append-audit.ts'
import { summariseBody } from '../access/audit-details.ts'
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { ApiPorts } from './api-ports.ts'
import { addressOf } from './asker.ts'
import { RefusedRequest } from './problems.ts'
import type { OperationId } from './required-roles.ts'

type AuditPorts = Pick<ApiPorts, 'store' | 'clock'>

type Change = {
  readonly c: Context
  readonly operation: OperationId | null
  readonly actor: Actor | null
}

/** Nothing runs when the entry cannot be written. */
export async function auditChange(ports: AuditPorts, change: Change, next: Next): Promise<void> {
  const { c } = change
  const entry = await record(ports, change, {
    ...(Object.keys(c.req.query()).length > 0 ? { query: summariseBody(c.req.query()) } : {}),
    body: await bodySummary(c),
  })
  await next()
  if (c.res.status < 400) return
  const code = c.error instanceof RefusedRequest ? c.error.refusal.code : null
  const outcome = c.res.status < 500 ? 'refused' : 'failed'
  await record(ports, change, { outcome, of: entry.sequence, status: c.res.status, code })
}

/** A change that the guard did not let through: one entry says both. */
export async function auditRefusal(
  ports: AuditPorts,
  { refusal, ...change }: Change & { readonly refusal: Refusal },
): Promise<void> {
  await record(ports, change, { outcome: 'refused', code: refusal.code })
}

const record = ({ store, clock }: AuditPorts, { c, operation, actor }: Change, details: object) =>
  recordAudit(store, {
    at: clock.now(),
    actor: actor === null ? `anonymous ${addressOf(c)}` : actorName(actor),
    action: operation ?? 'unknown',
    subject: `${c.req.method} ${c.req.path.replace('/api/v1/', '')}`,
    details,
  })

/** A table is not read here, and what is not JSON is refused by the route itself. */
async function bodySummary(c: Context): Promise<unknown> {
  if (!(c.req.header('content-type') ?? '').startsWith('application/json')) return '(not read)'
  const text = await c.req.text()
  try {
    return summariseBody(JSON.parse(text === '' ? 'null' : text))
  } catch (cause) {
    if (cause instanceof SyntaxError) return '(not JSON)'
    throw cause
  }
}
