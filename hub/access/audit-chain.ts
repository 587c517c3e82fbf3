/**
 * The audit log as a chain: every entry carries the hash of the one before it, so a changed, removed or inserted entry shows.
 * Who can write the database can also make a whole new chain: note the head hash elsewhere now and then, and check against it.
 */
import * as z from 'zod'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export const AuditEntry = z.strictObject({
  sequence: z.int().min(1),
  at: z.int(),
  /** `alice`, `alice (token ab12)`, `anonymous 192.0.2.1`, or `hub`. */
  actor: z.string(),
  /** The operation's id. */
  action: z.string(),
  subject: z.string(),
  details: z.unknown(),
  previous: z.string(),
  hash: z.string(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** What the first entry names as the one before it. */
export const CHAIN_START = '0'.repeat(64)

/** SHA-256 over the RFC 8785 form of everything but the hash itself, lower-case hex. */
export function auditHash(entry: Omit<AuditEntry, 'hash'>): string {
  const { sequence, at, actor, action, subject, details, previous } = entry
  return sha256(canonicalJson({ sequence, at, actor, action, subject, details, previous }))
}

/** What has been read so far; `isHeadSeen` once an entry with the noted hash came by. */
export type ChainState = { readonly count: number; readonly head: string; readonly isHeadSeen: boolean }

export const startChain = (notedHead: string | null): ChainState => ({
  count: 0,
  head: CHAIN_START,
  isHeadSeen: notedHead === null || notedHead === CHAIN_START,
})

/** The next entry of the chain, or what is wrong with it. */
export function followChain(
  state: ChainState,
  entry: AuditEntry,
  notedHead: string | null,
): Result<ChainState, Refusal<'audit/broken'>> {
  const expected = state.count + 1
  if (entry.sequence !== expected)
    return refuse('audit/broken', `entry ${expected} is missing: entry ${entry.sequence} stands in its place`)
  if (entry.previous !== state.head)
    return refuse(
      'audit/broken',
      `entry ${expected} does not follow the one before it: an entry was changed, removed or inserted here`,
    )
  if (entry.hash !== auditHash(entry))
    return refuse(
      'audit/broken',
      `entry ${expected} (${entry.action}) was changed: its hash does not fit its content`,
    )
  return ok({
    count: expected,
    head: entry.hash,
    isHeadSeen: state.isHeadSeen || entry.hash === notedHead,
  })
}

/** At the end: a noted head that never came by means that entries were cut off. */
export function endChain(state: ChainState): Result<ChainState, Refusal<'audit/headMissing'>> {
  if (state.isHeadSeen) return ok(state)
  return refuse(
    'audit/headMissing',
    `none of the ${state.count} entries has the noted head hash: the log was cut or written anew`,
  )
}
