/** Who may use the API, and what they did. */
import type { Kit } from '../kit.ts'

export const ROLES = ['viewer', 'operator', 'releaser', 'admin'] as const

export function accessTables(k: Kit) {
  const users = k.table('users', {
    name: k.text('name').primaryKey(),
    role: k.choice('role', ROLES).notNull(),
    /** Null until the person has followed the invitation. */
    passwordHash: k.text('password_hash'),
    inviteHash: k.text('invite_hash'),
    inviteUntil: k.epochMs('invite_until'),
    createdAt: k.epochMs('created_at').notNull(),
    disabledAt: k.epochMs('disabled_at'),
  })
  const sessions = k.table('sessions', {
    hash: k.text('hash').primaryKey(),
    user: k.text('user').notNull(),
    createdAt: k.epochMs('created_at').notNull(),
    seenAt: k.epochMs('seen_at').notNull(),
    expiresAt: k.epochMs('expires_at').notNull(),
  })
  const tokens = k.table('tokens', {
    id: k.text('id').primaryKey(),
    user: k.text('user').notNull(),
    name: k.text('name').notNull(),
    /** Never more than its owner's role. */
    role: k.choice('role', ROLES).notNull(),
    hash: k.text('hash').notNull(),
    createdAt: k.epochMs('created_at').notNull(),
    expiresAt: k.epochMs('expires_at').notNull(),
    revokedAt: k.epochMs('revoked_at'),
    usedAt: k.epochMs('used_at'),
  })
  /** Append-only: triggers refuse updates and deletions, each entry carries the hash of the one before it. */
  const audit = k.table('audit', {
    sequence: k.counter('sequence').primaryKey(),
    at: k.epochMs('at').notNull(),
    actor: k.text('actor').notNull(),
    action: k.text('action').notNull(),
    subject: k.text('subject').notNull(),
    details: k.json<unknown>('details').notNull(),
    previous: k.text('previous').notNull(),
    hash: k.text('hash').notNull(),
  })
  return { users, sessions, tokens, audit }
}
