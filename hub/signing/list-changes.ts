/** What a new list of releases says differently: what people are shown before they sign, and what becomes an event. */
import type { Targets } from '@tufjs/models'
import { releasesOf, type Release } from './release-list.ts'

export type ListChange = {
  readonly kind: 'released' | 'removed' | 'revoked' | 'changed'
  readonly release: Release
}

/** Null before: the list is the first one. */
export function listChanges(before: Targets | null, after: Targets): readonly ListChange[] {
  const known = new Map((before === null ? [] : releasesOf(before)).map((release) => [release.path, release]))
  const listed = releasesOf(after)
  const changes: ListChange[] = []
  for (const release of listed) {
    const old = known.get(release.path)
    if (old === undefined) changes.push({ kind: 'released', release })
    else if (isRevoked(release) && !isRevoked(old)) changes.push({ kind: 'revoked', release })
    else if (!isSame(old, release)) changes.push({ kind: 'changed', release })
  }
  const paths = new Set(listed.map(({ path }) => path))
  for (const release of known.values())
    if (!paths.has(release.path)) changes.push({ kind: 'removed', release })
  return changes
}

const isRevoked = ({ model }: Release): boolean => model.revoked !== undefined

const isSame = (a: Release, b: Release): boolean =>
  a.digest === b.digest && a.length === b.length && JSON.stringify(a.model) === JSON.stringify(b.model)

/** `temperature-24h/2 sha256:0123456789ab epoch 1 for *`, and why it is revoked. */
export function releaseText({ path, digest, model }: Release): string {
  const said = `${path} sha256:${digest.slice(0, 12)} epoch ${model.epoch} for ${model.hardware.join(', ')}`
  return model.revoked === undefined ? said : `${said}, revoked: ${model.revoked}`
}
