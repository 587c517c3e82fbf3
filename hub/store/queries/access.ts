/** Users, their sessions and their tokens; secrets are stored and looked up by their hashes alone. */
import { and, asc, eq, isNull, lt, or } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type UserRow = Store['t']['users']['$inferSelect']
export type SessionRow = Store['t']['sessions']['$inferSelect']
export type TokenRow = Store['t']['tokens']['$inferSelect']
export type Tables = Pick<Store, 't'>

export const listUsers = (db: Db, { t }: Tables): Promise<UserRow[]> =>
  db.select().from(t.users).orderBy(asc(t.users.name))

export const findUser = (db: Db, { t }: Tables, name: string): Promise<UserRow | undefined> =>
  db
    .select()
    .from(t.users)
    .where(eq(t.users.name, name))
    .then((rows) => rows[0])

export const findInvited = (db: Db, { t }: Tables, inviteHash: string): Promise<UserRow | undefined> =>
  db
    .select()
    .from(t.users)
    .where(eq(t.users.inviteHash, inviteHash))
    .then((rows) => rows[0])

/** False when the name is taken. */
export const insertUser = (
  db: Db,
  { t }: Tables,
  user: Store['t']['users']['$inferInsert'],
): Promise<boolean> =>
  db
    .insert(t.users)
    .values(user)
    .onConflictDoNothing()
    .returning({ name: t.users.name })
    .then((rows) => rows.length === 1)

/** False when there is no such user. */
export const updateUser = (db: Db, { t }: Tables, name: string, set: Partial<UserRow>): Promise<boolean> =>
  db
    .update(t.users)
    .set(set)
    .where(eq(t.users.name, name))
    .returning({ name: t.users.name })
    .then((rows) => rows.length === 1)

/** Takes the invitation away and returns its user; of two at the same time only one gets it. */
export const takeInvitation = (db: Db, { t }: Tables, inviteHash: string): Promise<UserRow | undefined> =>
  db
    .update(t.users)
    .set({ inviteHash: null, inviteUntil: null })
    .where(eq(t.users.inviteHash, inviteHash))
    .returning()
    .then((rows) => rows[0])

export async function insertSession(db: Db, { t }: Tables, session: SessionRow): Promise<void> {
  await db.insert(t.sessions).values(session)
}

export const findSession = (db: Db, { t }: Tables, hash: string): Promise<SessionRow | undefined> =>
  db
    .select()
    .from(t.sessions)
    .where(eq(t.sessions.hash, hash))
    .then((rows) => rows[0])

export async function touchSession(db: Db, { t }: Tables, hash: string, seenAt: number): Promise<void> {
  await db.update(t.sessions).set({ seenAt }).where(eq(t.sessions.hash, hash))
}

export async function deleteSession(db: Db, { t }: Tables, hash: string): Promise<void> {
  await db.delete(t.sessions).where(eq(t.sessions.hash, hash))
}

export async function deleteSessionsOf(db: Db, { t }: Tables, user: string): Promise<void> {
  await db.delete(t.sessions).where(eq(t.sessions.user, user))
}

/** Sessions that are over, by age or by idleness. */
export async function deleteOverSessions(
  db: Db,
  { t }: Tables,
  { now, seenBefore }: { readonly now: number; readonly seenBefore: number },
): Promise<void> {
  await db.delete(t.sessions).where(or(lt(t.sessions.expiresAt, now), lt(t.sessions.seenAt, seenBefore)))
}

export async function insertToken(
  db: Db,
  { t }: Tables,
  token: Store['t']['tokens']['$inferInsert'],
): Promise<void> {
  await db.insert(t.tokens).values(token)
}

export const findToken = (db: Db, { t }: Tables, id: string): Promise<TokenRow | undefined> =>
  db
    .select()
    .from(t.tokens)
    .where(eq(t.tokens.id, id))
    .then((rows) => rows[0])

/** One user's tokens, or everybody's. */
export const listTokens = (db: Db, { t }: Tables, user: string | null): Promise<TokenRow[]> =>
  db
    .select()
    .from(t.tokens)
    .where(user === null ? undefined : eq(t.tokens.user, user))
    .orderBy(asc(t.tokens.createdAt), asc(t.tokens.id))

export async function touchToken(db: Db, { t }: Tables, id: string, usedAt: number): Promise<void> {
  await db.update(t.tokens).set({ usedAt }).where(eq(t.tokens.id, id))
}

/** False when it was revoked before. */
export const revokeTokenRow = (db: Db, { t }: Tables, id: string, revokedAt: number): Promise<boolean> =>
  db
    .update(t.tokens)
    .set({ revokedAt })
    .where(and(eq(t.tokens.id, id), isNull(t.tokens.revokedAt)))
    .returning({ id: t.tokens.id })
    .then((rows) => rows.length === 1)
