/**
 * TUF 5.6.7: which role speaks of a path. Depth-first over the delegations in their order; the first role that lists the
 * path wins, a terminating delegation ends the search.
 */
import type { Metadata, TargetFile, Targets } from '@tufjs/models'
import type { Delegator } from './parse-metadata.ts'
import { TrustError } from './trust-error.ts'

/** A role as one of its delegators names it. */
export type AskedRole = { readonly role: string; readonly delegator: Delegator }

export type TargetSearch = {
  readonly top: AskedRole
  readonly rolesMax: number
  /** The role's metadata, verified against this delegator. */
  readonly load: (asked: AskedRole) => Promise<Metadata<Targets>>
}

export async function findTarget(path: string, search: TargetSearch): Promise<TargetFile | undefined> {
  const visited = new Set<string>()
  const waiting: AskedRole[] = [search.top]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { role } = next
    if (visited.has(role)) continue // 5.6.7.1: no cycles
    if (visited.size > search.rolesMax)
      throw new TrustError('trust/tooManyRoles', role, {
        message: `more than ${search.rolesMax} roles were asked`,
      })
    const targets = await search.load(next)
    visited.add(role)
    if (Object.hasOwn(targets.signed.targets, path)) return targets.signed.targets[path]
    const { children, isTerminated } = childrenFor(path, targets)
    if (isTerminated) waiting.length = 0
    waiting.push(...children.reverse())
  }
  return undefined
}

/** The roles that may speak of the path, up to the first terminating one. */
function childrenFor(path: string, targets: Metadata<Targets>) {
  const children: AskedRole[] = []
  for (const { role, terminating } of targets.signed.delegations?.rolesForTarget(path) ?? []) {
    children.push({ role, delegator: targets })
    if (terminating) return { children, isTerminated: true }
  }
  return { children, isTerminated: false }
}
