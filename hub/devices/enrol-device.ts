/** A station trades its join secret and a certificate request for the certificate of its key, which is then on record. */
import type { EnrolAnswer, EnrolRequest } from '@fleetcast/shared/protocol/enrolment.ts'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { claimKey, findDevice, updateDevice, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import type { TrustPorts } from './trust-file.ts'
import { readRequest, type RequestCode } from './read-request.ts'
import { secretMatches } from '../access/one-time-secret.ts'

export type EnrolPorts = TrustPorts & {
  readonly store: Store
  readonly clock: Clock
  /** What a device needs to reach this hub, and whose orders it follows. */
  readonly mqttUrl: () => string
}

export type EnrolCode =
  | 'enrolment/refused'
  | 'enrolment/expired'
  | 'enrolment/otherKey'
  | 'enrolment/noRecipe'
  | 'identity/revoked'
  | RequestCode

export type Enrolled = { readonly answer: EnrolAnswer; readonly isRepeated: boolean }

/** Unknown device and wrong secret answer alike. The same key may ask again, for a reply that was lost; another may not. */
export async function enrolDevice(
  ports: EnrolPorts,
  request: EnrolRequest,
): Promise<Result<Enrolled, Refusal<EnrolCode>>> {
  const { store, clock, authority } = ports
  const device = await findDevice(store, request.device)
  const now = clock.now()
  const allowed = mayJoin(device, { secret: request.secret, now })
  if (!allowed.ok) return allowed
  const recipe = await findRecipe(store, allowed.value.recipe)
  if (recipe === undefined)
    return refuse('enrolment/noRecipe', `the hub has no recipe ${allowed.value.recipe}`)
  const key = await readRequest(request.csr)
  if (!key.ok) return key
  const claimed = await claimKey(store, request.device, { publicKey: key.value, at: now })
  if (claimed === 'otherKey')
    return refuse(
      'enrolment/otherKey',
      'this join string was used by another key; revoke the device if that was not you, and give the station a new id',
    )
  const { pem, until } = await authority.issue(request.device, key.value, now)
  await updateDevice(store, request.device, { certificateUntil: until })
  const { site, latitude, longitude } = allowed.value
  const answer: EnrolAnswer = {
    device: request.device,
    site: SiteId.parse(site),
    latitude,
    longitude,
    mqttUrl: ports.mqttUrl(),
    certificate: pem,
    recipe: Recipe.parse(recipe.body),
  }
  return ok({ answer, isRepeated: claimed === 'again' })
}

function mayJoin(
  device: DeviceRow | undefined,
  { secret, now }: { readonly secret: string; readonly now: EpochMs },
): Result<DeviceRow, Refusal<EnrolCode>> {
  const isKnown = device?.joinSecretHash != null && secretMatches(secret, device.joinSecretHash)
  if (device === undefined || !isKnown)
    return refuse(
      'enrolment/refused',
      'the join string is unknown or another one took its place; "fleetcast devices add" prints a new one',
    )
  if (device.revokedAt !== null)
    return refuse('identity/revoked', `${device.id} was revoked; give the station a new id`)
  if (device.joinUntil !== null && now >= device.joinUntil)
    return refuse(
      'enrolment/expired',
      'the join string has expired; "fleetcast devices add" prints a new one',
    )
  return ok(device)
}
