/** Joins the planner with the store, the director and the broker. */
import { trainedSites } from '@fleetcast/shared/bundle/manifest.ts'
import { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DurationMs, EpochMs } from '@fleetcast/shared/units.ts'
import type { ApiPorts, RolloutOperation } from '../api/api-ports.ts'
import { orderableOnly, type PublishWant } from '../desired/order-devices.ts'
import { gatesPassed } from '../gates/blocking-gates.ts'
import { isReleased, orderable, storeOrders, type RolloutPorts } from './store-orders.ts'
import { commandRollout, supersede } from '../rollouts/command-rollout.ts'
import { createRollout } from '../rollouts/create-rollout.ts'
import { ordersOfRollout } from '../rollouts/orders-of-rollout.ts'
import { manifestOf, readFleet } from '../rollouts/read-fleet.ts'
import { rolloutLoop } from '../rollouts/rollout-loop.ts'
import { Rollout } from '../rollouts/rollout.ts'
import {
  findRollout,
  insertRollout,
  listRollouts,
  saveRollout,
  type RolloutRow,
} from '../store/queries/rollouts.ts'
import type { Store } from '../store/store.ts'
import { lockRegistry } from '../store/queries/aliases.ts'
import { listOrders } from '../store/queries/orders.ts'
import { appendEvents } from '../store/queries/events.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { findVersion, type VersionRow } from '../store/queries/runs-and-versions.ts'
import { listEnrolled, listSites } from '../store/queries/sites-and-devices.ts'

export type Rollouts = {
  readonly create: ApiPorts['createRollout']
  readonly operate: ApiPorts['operateRollout']
  readonly loop: (every: DurationMs, signal: AbortSignal) => Promise<void>
}

export function createRollouts(ports: RolloutPorts, publish: PublishWant): Rollouts {
  const { store, clock, config } = ports
  return {
    create: (recipe, version) => startRollout(ports, recipe, version),
    operate: (id, operation, reason) => operate(ports, { id, operation, reason, publish }),
    loop: (every, signal) =>
      rolloutLoop(
        {
          ...ports,
          readFleet: (rollout) =>
            readFleet(store, rollout, { now: clock.now(), silentAfterMs: config.silentAfterMs }),
          order: (db, orders, now) => storeOrders(ports, { db, orders, now, publish }),
        },
        every,
        signal,
      ),
  }
}

async function startRollout(
  ports: RolloutPorts,
  recipeName: string,
  version: number,
): Promise<Result<string, Refusal>> {
  const { store, clock, changes } = ports
  const row = await findVersion(store, recipeName, version)
  const recipe = await findRecipe(store, recipeName)
  if (row === undefined || recipe === undefined) return noVersion(recipeName, version)
  const passed = await gatesPassed(store, row)
  if (!passed.ok) return passed
  const released = isReleased(ports, row)
  if (!released.ok) return released
  const now = clock.now()
  const existing = (await listRollouts(store)).filter((known) => known.recipe === recipeName)
  const id = `${version}-${recipeName}${suffix(existing, version)}`
  const created = createRollout({
    id,
    version,
    recipe: recipeName,
    now,
    ...(await exposure(ports, row, Recipe.parse(recipe.body))),
  })
  if (!created.ok) return created
  const ended = superseded(existing, { id, version, digest: created.value.digest, now })
  if (!ended.ok) return ended
  const stored = await storeRollout(store, created.value, ended.value)
  if (!stored.ok) return stored
  changes.announce('rollouts', 'events')
  return ok(id)
}

const noVersion = (recipe: string, version: number) =>
  refuse(
    'version/notFound',
    `${recipe} has no version ${version}; "fleetcast models list" shows what there is`,
  )

/** The new rollout, and the end of those it takes the place of; nothing when the version was deleted meanwhile. */
const storeRollout = (
  store: Store,
  rollout: Rollout,
  ended: readonly Ended[],
): Promise<Result<void, Refusal>> =>
  store.tx(async (db) => {
    const { id, recipe, version, digest, state, createdAt } = rollout
    await lockRegistry(db, store)
    if ((await findVersion({ ...store, db }, recipe, version)) === undefined)
      return noVersion(recipe, version)
    for (const { row: before, rollout: after } of ended)
      await saveRollout(db, store, {
        id: before.id,
        revision: before.revision,
        set: { state: after.state, body: after, updatedAt: createdAt },
      })
    await insertRollout(db, store, {
      ...{ id, recipe, version, digest, state, body: rollout },
      ...{ revision: 1, createdAt, updatedAt: createdAt },
    })
    await appendEvents(db, store, [
      {
        ...{ at: createdAt, eventTime: null, source: 'rollout', subject: id },
        ...{ code: 'rollout/started', severity: 'info', message: rollout.reason },
      },
    ])
    return ok(undefined)
  })

/** A version may be rolled out again later: the second time its rollout is called `-2`. */
function suffix(existing: readonly RolloutRow[], version: number): string {
  const times = existing.filter((row) => row.version === version).length
  return times === 0 ? '' : `-${times + 1}`
}

/** Who would get the version, and where it was trained: what decides the order of exposure. */
async function exposure(ports: RolloutPorts, row: VersionRow, recipe: Recipe) {
  const { store } = ports
  const targets = orderable(ports)
  const [devices, orders, sites, manifest] = await Promise.all([
    listEnrolled(store, recipe.name),
    listOrders(store),
    listSites(store),
    manifestOf(store, row.digest),
  ])
  const trained = new Set<string>(trainedSites(manifest))
  const wanted = new Map(
    orders.map(({ device, order: ordered }) => [device, orderableOnly(ordered, targets).champion]),
  )
  return {
    digest: BundleDigest.parse(row.digest),
    policy: recipe.rollout,
    cadenceMinutes: recipe.cadenceMinutes,
    devices: devices.map(({ id, site, latitude, longitude }) => ({
      device: DeviceId.parse(id),
      site,
      position: { latitude, longitude },
      wantedChampion: wanted.get(id) ?? null,
    })),
    trainedSites: sites
      .filter(({ id }) => trained.has(id))
      .map(({ id, latitude, longitude }) => ({ site: id, position: { latitude, longitude } })),
  }
}

type Ended = { readonly row: RolloutRow; readonly rollout: Rollout }

type Superseding = {
  readonly id: string
  readonly version: number
  readonly digest: BundleDigest
  readonly now: EpochMs
}

/** One rollout of a recipe moves at a time: a paused one ends here, a moving one refuses the new one. */
function superseded(existing: readonly RolloutRow[], { now, ...by }: Superseding): Result<Ended[], Refusal> {
  const changed: Ended[] = []
  for (const row of existing) {
    const before = Rollout.parse(row.body)
    const after = supersede(before, { by, now })
    if (!after.ok) return after
    if (after.value !== before) changed.push({ row, rollout: after.value })
  }
  return ok(changed)
}

type Operation = {
  readonly id: string
  readonly operation: RolloutOperation
  readonly reason: string
  readonly publish: PublishWant
}

async function operate(
  ports: RolloutPorts,
  { id, operation, reason, publish }: Operation,
): Promise<Result<void, Refusal>> {
  const { store, clock, changes } = ports
  const row = await findRollout(store, id)
  if (row === undefined) return refuse('rollout/notFound', `no rollout is named ${id}`)
  const newest = (await listRollouts(store)).find((known) => known.recipe === row.recipe)
  if (operation === 'rollback' && newest?.id !== id)
    return refuse(
      'rollout/notNewest',
      `only the newest rollout of a recipe can be rolled back; that is ${newest?.id ?? 'none'}`,
    )
  const now = clock.now()
  const commanded = commandRollout(operation, { rollout: Rollout.parse(row.body), reason, now })
  if (!commanded.ok) return commanded
  const { devices } = await readFleet(store, commanded.value, {
    now,
    silentAfterMs: ports.config.silentAfterMs,
  })
  const send = await store.tx(async (db) => {
    const set = { state: commanded.value.state, body: commanded.value, updatedAt: now }
    if (!(await saveRollout(db, store, { id, revision: row.revision, set }))) return null
    const event = { code: `rollout/${operation}`, severity: 'warning', message: commanded.value.reason }
    await appendEvents(db, store, [{ at: now, eventTime: null, source: 'operator', subject: id, ...event }])
    // An ended rollout is not planned any more: what it withdraws goes out here.
    return storeOrders(ports, { db, orders: ordersOfRollout(commanded.value, devices), now, publish })
  })
  if (send === null)
    return refuse('rollout/conflict', 'the rollout moved on at the same moment; look at it and order again')
  send()
  changes.announce('rollouts', 'events')
  return ok(undefined)
}
