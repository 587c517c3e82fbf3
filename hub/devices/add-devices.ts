/** Devices are announced with a one-time join secret, one or thousands at a time: all of them or none. */
import type { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { addMs, hours } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import { DEFAULT_RECIPE } from '../recipes/apply-recipe.ts'
import { listRecipes } from '../store/queries/recipes-and-datasets.ts'
import { devicesOf, listSites, putDevices } from '../store/queries/sites-and-devices.ts'
import type { Db, Store } from '../store/store.ts'
import { hashSecret, newSecret } from '../access/one-time-secret.ts'

export const JOIN_HOURS = 24
export const JOIN_HOURS_MAX = 24 * 365
/** Of one call. */
export const DEVICES_MAX = 10_000

export type NewDevice = {
  readonly id: DeviceId
  readonly site: SiteId
  /** What it will measure and forecast; the hub's usual recipe when absent. */
  readonly recipe?: string | undefined
}
export type Announced = NewDevice & { readonly secret: string }
export type AddCode =
  | 'device/unknownSite'
  | 'device/unknownRecipe'
  | 'device/exists'
  | 'device/revoked'
  | 'device/twice'

export type AddOptions = {
  /** How long the secrets work. */
  readonly joinHours: number
  /** Only says whether it would be done. */
  readonly isCheck: boolean
}

/** Each secret is returned once and only its hash is kept. A refusal names the position (`at`, from 0). */
export async function addDevices(
  { store, clock }: { readonly store: Store; readonly clock: Pick<Clock, 'now'> },
  devices: readonly NewDevice[],
  { joinHours, isCheck }: AddOptions,
): Promise<Result<readonly Announced[], Refusal<AddCode>>> {
  const placeBySite = new Map((await listSites(store)).map((site) => [site.id, site]))
  const recipes = new Set((await listRecipes(store)).map(({ name }) => name))
  return await store.tx(async (db) => {
    const refusal = await firstRefusal(db, store, {
      ...{ devices, recipes },
      sites: new Set(placeBySite.keys()),
    })
    if (refusal !== null) return { ok: false, error: refusal }
    if (isCheck) return ok([])
    const announced = devices.map((device) => ({ ...device, secret: newSecret() }))
    const now = clock.now()
    const rows = announced.map(({ id, site, recipe = DEFAULT_RECIPE, secret }) => {
      const { latitude, longitude } = placeBySite.get(site)!
      const join = { joinSecretHash: hashSecret(secret), joinUntil: addMs(now, hours(joinHours)) }
      return { id, site, recipe, latitude, longitude, createdAt: now, ...join }
    })
    await putDevices(db, store, rows)
    return ok(announced)
  })
}

/** One device, see `addDevices`. */
export async function addDevice(
  ports: { readonly store: Store; readonly clock: Pick<Clock, 'now'> },
  device: NewDevice,
  joinHours = JOIN_HOURS,
): Promise<Result<{ secret: string }, Refusal<AddCode>>> {
  const added = await addDevices(ports, [device], { joinHours, isCheck: false })
  if (added.ok) return ok({ secret: added.value[0]!.secret })
  const { code, message } = added.error
  return refuse(code, message)
}

type Checked = {
  readonly devices: readonly NewDevice[]
  readonly sites: ReadonlySet<string>
  readonly recipes: ReadonlySet<string>
}

async function firstRefusal(
  db: Db,
  store: Store,
  { devices, sites, recipes }: Checked,
): Promise<Refusal<AddCode> | null> {
  const known = await devicesOf(
    db,
    store,
    devices.map(({ id }) => id),
  )
  const byId = new Map(known.map((row) => [row.id, row]))
  const seen = new Set<string>()
  for (const [position, { id, site, recipe }] of devices.entries()) {
    const at = String(position)
    if (seen.has(id)) return { code: 'device/twice', message: `${id} is there twice; name it once`, at }
    seen.add(id)
    if (!sites.has(site)) return { code: 'device/unknownSite', message: unknownSite(site), at }
    if (recipe !== undefined && !recipes.has(recipe))
      return { code: 'device/unknownRecipe', message: unknownRecipe(recipe), at }
    const row = byId.get(id)
    if (row !== undefined && row.revokedAt !== null)
      return { code: 'device/revoked', message: `${id} was revoked for good; give the station a new id`, at }
    if (row !== undefined && row.publicKey !== null)
      return {
        code: 'device/exists',
        message: `${id} is enrolled already; a station that lost its state needs a new id`,
        at,
      }
  }
  return null
}

const unknownRecipe = (recipe: string): string =>
  `no recipe is named ${recipe}; "fleetcast recipes list" shows them, "fleetcast apply" adds one`

const unknownSite = (site: string): string =>
  `no site is named ${site}; add it with "fleetcast sites add ${site} --latitude .. --longitude .."`
