/** A verified order as the station follows it. Pure: signatures, device, freshness and policy were checked before. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import type { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import { Desired } from '@fleetcast/shared/protocol/desired.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Order } from '@fleetcast/shared/trust/device-trust.ts'
import type { OrderRole } from '@fleetcast/shared/trust/model-target.ts'

export type DesiredCode = 'desired/ambiguous' | 'desired/stale' | 'desired/conflict'

/** Refuses what no station could follow, and whatever is older than the order in force (`stored`). */
export function desiredFromOrder(
  order: Order,
  { device, stored }: { device: DeviceId; stored: Desired | null },
): Result<Desired, Refusal<DesiredCode>> {
  const named = (role: OrderRole): readonly BundleDigest[] =>
    order.models.filter((model) => model.role === role).map(({ digest }) => digest)
  const [champions, candidates] = [named('champion'), named('candidate')]
  if (champions.length > 1 || candidates.length > 1)
    return refuse('desired/ambiguous', 'the order names more than one champion or candidate')
  const desired = Desired.safeParse({
    schema: 'fleetcast/desired/1',
    device,
    generation: order.generation,
    champion: champions[0] ?? null,
    candidate: candidates[0] ?? null,
    prefetch: named('prefetch'),
  })
  if (!desired.success) return refuse('desired/ambiguous', 'the order names more models than a station keeps')
  return stored === null ? ok(desired.data) : compare(desired.data, stored)
}

/** The metadata store refuses older versions too; this holds when its folder was lost and the database was not. */
function compare(desired: Desired, stored: Desired): Result<Desired, Refusal<DesiredCode>> {
  if (desired.generation > stored.generation) return ok(desired)
  if (desired.generation < stored.generation)
    return refuse(
      'desired/stale',
      `generation ${desired.generation} is older than ${stored.generation}; an old order was replayed`,
    )
  if (Buffer.compare(canonicalJson(desired), canonicalJson(stored)) === 0) return ok(desired)
  return refuse(
    'desired/conflict',
    `two different orders have generation ${desired.generation}; a change needs the next generation`,
  )
}
