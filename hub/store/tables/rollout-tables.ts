/** What shall run where, on which evidence it was decided. */
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import type { Kit } from '../kit.ts'

export function rolloutTables(k: Kit) {
  /** Of the time before signed metadata; nothing reads it. */
  /** What each device shall run, and the director's signed metadata that say so. */
  const orders = k.table('orders', {
    device: k.text('device').primaryKey(),
    /** Version of the director's targets. */
    generation: k.counter('generation').notNull(),
    order: k.json<Desired>('body').notNull(),
    /** Signed JSON, exactly as devices get it. */
    targets: k.text('targets').notNull(),
    snapshot: k.text('snapshot').notNull(),
    /** When the first of the two expires. */
    expiresAt: k.epochMs('expires_at').notNull(),
    updatedAt: k.epochMs('updated_at').notNull(),
  })
  const rollouts = k.table('rollouts', {
    id: k.text('id').primaryKey(),
    recipe: k.text('recipe').notNull(),
    version: k.integer('version').notNull(),
    digest: k.text('digest').notNull(),
    state: k.text('state').notNull(),
    body: k.json<unknown>('body').notNull(),
    revision: k.integer('revision').notNull(),
    createdAt: k.epochMs('created_at').notNull(),
    updatedAt: k.epochMs('updated_at').notNull(),
  })
  const decisions = k.table('decisions', {
    id: k.serial('id'),
    rollout: k.text('rollout').notNull(),
    stage: k.text('stage').notNull(),
    at: k.epochMs('at').notNull(),
    verdict: k.text('verdict').notNull(),
    reasons: k.json<unknown>('reasons').notNull(),
    measurements: k.json<unknown>('measurements').notNull(),
    policyDigest: k.text('policy_digest').notNull(),
    evidenceDigest: k.text('evidence_digest').notNull(),
  })
  return { orders, rollouts, decisions }
}
