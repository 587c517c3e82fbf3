/** A station announces itself once with its join secret and leaves with credentials and the keys it shall trust. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { Enrolment, EnrolRequest } from '@fleetcast/shared/protocol/enrolment.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { DeviceId as DeviceIdSchema, SiteId } from '@fleetcast/shared/ids.ts'
import type { Clock } from '../ports/clock.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { findDevice, findSite, insertDevice, updateDevice } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import { hashSecret, newSecret, secretMatches } from './secrets.ts'

export type EnrolPorts = {
  readonly store: Store
  readonly clock: Clock
  /** What a device needs to reach and to trust this hub. */
  readonly mqttUrl: () => string
  readonly publicKey: string
  readonly recipe: string
}

export type AddCode = 'device/unknownSite' | 'device/exists'

/** Announces a device; its join secret is returned once and only its hash is kept. */
export async function addDevice(
  { store, clock }: Pick<EnrolPorts, 'store' | 'clock'>,
  { id, site }: { id: DeviceId; site: SiteId },
): Promise<Result<{ secret: string }, Refusal<AddCode>>> {
  const place = await findSite(store, site)
  if (place === undefined)
    return refuse(
      'device/unknownSite',
      `no site is named ${site}; add it with "fleetcast sites add ${site} --latitude .. --longitude .."`,
    )
  const secret = newSecret()
  const { latitude, longitude } = place
  const row = { id, site, latitude, longitude, createdAt: clock.now(), joinSecretHash: hashSecret(secret) }
  if (await insertDevice(store, row)) return ok({ secret })
  const existing = await findDevice(store, id)
  if (existing?.enrolledAt !== null)
    return refuse('device/exists', `${id} is enrolled already; a station that lost its state needs a new id`)
  await updateDevice(store, id, row)
  return ok({ secret })
}

export type EnrolCode = 'enrolment/refused' | 'enrolment/noRecipe'

/** Trades the join secret for a password; a secret works once. Unknown device and wrong secret answer alike. */
export async function enrolDevice(
  ports: EnrolPorts,
  request: EnrolRequest,
): Promise<Result<Enrolment, Refusal<EnrolCode>>> {
  const { store, clock } = ports
  const device = await findDevice(store, request.device)
  if (
    device === undefined ||
    device.joinSecretHash === null ||
    !secretMatches(request.secret, device.joinSecretHash)
  )
    return refuse(
      'enrolment/refused',
      'the join string is unknown or was used before; "fleetcast devices add" prints a new one',
    )
  const recipe = await findRecipe(store, ports.recipe)
  if (recipe === undefined) return refuse('enrolment/noRecipe', `the hub has no recipe ${ports.recipe}`)
  const password = newSecret()
  await updateDevice(store, request.device, {
    joinSecretHash: null,
    passwordHash: hashSecret(password),
    enrolledAt: clock.now(),
  })
  return ok({
    device: request.device,
    site: SiteId.parse(device.site),
    latitude: device.latitude,
    longitude: device.longitude,
    mqttUrl: ports.mqttUrl(),
    password,
    trustedKeys: [ports.publicKey],
    directorRoot: '',
    imageRoot: '',
    recipe: Recipe.parse(recipe.body),
  })
}

/** What the broker asks at every connect: the id and the password that enrolment gave out. */
export async function authenticateDevice(
  { store }: Pick<EnrolPorts, 'store'>,
  { device, password }: { device: string; password: string },
): Promise<Result<DeviceAddress, Refusal<'mqtt/notAuthenticated'>>> {
  const refused = refuse('mqtt/notAuthenticated', 'unknown device or wrong password; enrol the station again')
  const id = DeviceIdSchema.safeParse(device)
  if (!id.success) return refused
  const row = await findDevice(store, id.data)
  if (row?.passwordHash == null || !secretMatches(password, row.passwordHash)) return refused
  return ok({ device: id.data, site: SiteId.parse(row.site) })
}
