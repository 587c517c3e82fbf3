/** Keeps what the release keys have withdrawn, and raises the alarm once. */
import { shortDigest, type BundleDigest } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { recordEvent } from '../telemetry/station-events.ts'
import { storeOutcome } from '../update/bundles-table.ts'
import { markRevoked, releasedOf, type Released } from '../update/released-models.ts'

/**
 * True when something is revoked that was not before. A bundle that does not serve is rejected whatever the station's
 * setting; for the one that serves the setting decides, when the models follow.
 */
export function recordRevocations(
  { store, log }: Pick<AgentPorts, 'store' | 'log'>,
  revocations: ReadonlyMap<BundleDigest, string | null>,
  { serving, at }: { serving: BundleDigest | null; at: EpochMs | null },
): boolean {
  const news: (Released & { readonly reason: string })[] = []
  for (const [digest, reason] of revocations) {
    const known = releasedOf(store, digest)
    if (reason !== null && known !== null && known.revoked === null) news.push({ ...known, reason })
  }
  if (news.length === 0) return false
  store.transaction('power', () => {
    for (const { digest, path, reason } of news) {
      const isServing = digest === serving
      markRevoked(store, digest, reason)
      if (!isServing)
        storeOutcome(store, { digest, state: 'rejected', code: 'trust/revoked', message: reason })
      const what = isServing ? 'the model that serves' : 'a model of this station'
      const message = `bundle ${shortDigest(digest)} (${path}), ${what}, is revoked: ${reason}`
      recordEvent(store, { at, code: 'trust/revoked', severity: isServing ? 'error' : 'warning', message })
      log.error({ digest, path, reason }, `${what} is revoked`)
    }
  })
  return true
}
