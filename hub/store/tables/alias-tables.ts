/** Names that point to versions, every move they made, and who has to agree to the next one. */
import type { Kit } from '../kit.ts'

export const ALIAS_CHANGES = ['set', 'restore', 'remove'] as const
export const REQUEST_STATES = ['open', 'approved', 'rejected', 'superseded', 'stale'] as const

export function aliasTables(k: Kit) {
  /** Where a name points now; a removed one has no row here. */
  const aliases = k.table(
    'aliases',
    {
      recipe: k.text('recipe').notNull(),
      name: k.text('name').notNull(),
      digest: k.text('digest').notNull(),
      /** Of the newest entry of its history. */
      revision: k.integer('revision').notNull(),
      updatedAt: k.epochMs('updated_at').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.recipe, t.name] })],
  )
  /** Append-only: triggers refuse updates, deletions and any revision but the next one of its name. */
  const aliasHistory = k.table(
    'alias_history',
    {
      id: k.serial('id'),
      recipe: k.text('recipe').notNull(),
      name: k.text('name').notNull(),
      /** 1, 2, 3, ... for each name; a name that was removed goes on counting. */
      revision: k.integer('revision').notNull(),
      kind: k.choice('kind', [...ALIAS_CHANGES, 'approved']).notNull(),
      /** Null: it pointed to nothing. */
      fromDigest: k.text('from_digest'),
      toDigest: k.text('to_digest'),
      by: k.text('changed_by').notNull(),
      reason: k.text('reason').notNull(),
      at: k.epochMs('at').notNull(),
      /** The rollout whose evidence moved it. */
      rollout: k.text('rollout'),
      /** The request that was approved. */
      request: k.integer('request'),
    },
    (t) => [k.uniqueIndex('alias_history_revision').on(t.recipe, t.name, t.revision)],
  )
  /** A change of a protected alias that waits for a second person, or what became of it. */
  const aliasRequests = k.table('alias_requests', {
    id: k.serial('id'),
    recipe: k.text('recipe').notNull(),
    name: k.text('name').notNull(),
    kind: k.choice('kind', ALIAS_CHANGES).notNull(),
    toDigest: k.text('to_digest'),
    expectedRevision: k.integer('expected_revision').notNull(),
    reason: k.text('reason').notNull(),
    /** The person, whichever token was used. */
    requestedBy: k.text('requested_by').notNull(),
    requestedAt: k.epochMs('requested_at').notNull(),
    state: k.choice('state', REQUEST_STATES).notNull(),
    decidedBy: k.text('decided_by'),
    decidedAt: k.epochMs('decided_at'),
    decisionReason: k.text('decision_reason'),
  })
  /** Where somebody has decided otherwise than the default. */
  const aliasProtections = k.table(
    'alias_protections',
    {
      recipe: k.text('recipe').notNull(),
      name: k.text('name').notNull(),
      isProtected: k.boolean('is_protected').notNull(),
      updatedAt: k.epochMs('updated_at').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.recipe, t.name] })],
  )
  return { aliases, aliasHistory, aliasRequests, aliasProtections }
}
