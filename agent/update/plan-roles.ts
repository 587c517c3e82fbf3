/** Which bundle stands where, from what is desired, what is on the device and what serves. Pure. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { BundleOutcomes } from './bundles-table.ts'
import { keptBy, servingOf, type ServingState } from './serving-machine.ts'

export type Wish = Pick<Desired, 'generation' | 'champion' | 'candidate' | 'prefetch'>
export const NO_WISH: Wish = { generation: 0, champion: null, candidate: null, prefetch: [] }

/** Bundles to install, most important first, each once. */
export const wantedBundles = ({ champion, candidate, prefetch }: Wish): readonly BundleDigest[] => [
  ...new Set([champion, candidate, ...prefetch].filter((digest) => digest !== null)),
]

/** Everything that must stay on disk. */
export const neededBundles = (wish: Wish, serving: ServingState): ReadonlySet<BundleDigest> =>
  new Set([...wantedBundles(wish), ...keptBy(serving)])

/** The champion as an order that can be followed now; undefined while it is not installed. */
export function orderOf(wish: Wish, outcomes: BundleOutcomes): BundleDigest | null | undefined {
  if (wish.champion === null) return null
  return outcomes.get(wish.champion)?.state === 'installed' ? wish.champion : undefined
}

export type CandidateState = StatusRecord['candidateState']

/** How far the candidate is; a candidate that serves already is none. */
export function candidateState(
  wish: Wish,
  {
    outcomes,
    serving,
    isBacktested,
  }: { outcomes: BundleOutcomes; serving: ServingState; isBacktested: boolean },
): CandidateState {
  const { candidate } = wish
  if (candidate === null || candidate === servingOf(serving)) return 'none'
  const outcome = outcomes.get(candidate)
  if (outcome === undefined) return 'installing'
  if (outcome.state === 'rejected') return 'none'
  return isBacktested ? 'shadowing' : 'backtesting'
}
