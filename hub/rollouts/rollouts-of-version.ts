/** Which rollouts can still order a version. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { Rollout } from './rollout.ts'

/**
 * Open ones, and the newest of each recipe unless it is rolled back: it can be ordered back to what its devices served
 * before. An older one that has ended orders nothing any more; it is history. `bodies`: newest first.
 */
export function rolloutsOfVersion(bodies: readonly unknown[], digest: BundleDigest): readonly Rollout[] {
  const seen = new Set<string>()
  return bodies
    .map((body) => Rollout.parse(body))
    .filter((rollout) => {
      const isNewest = !seen.has(rollout.recipe)
      seen.add(rollout.recipe)
      const isHistory =
        rollout.state === 'rolledBack' || (['completed', 'aborted'].includes(rollout.state) && !isNewest)
      return !isHistory && (rollout.digest === digest || Object.values(rollout.previous).includes(digest))
    })
}
