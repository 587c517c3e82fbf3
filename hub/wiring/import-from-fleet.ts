/**
 * A dataset from what the fleet has measured, as it was known at a time: rows are read from the store in pages and go the way of
 * every upload. Before the first is read the time is settled, so that nothing arrives at or before it later: the same question
 * gets the same rows, and so the same digest, for ever.
 */
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import type { FleetImport, RunningImports } from '../api/api-ports.ts'
import {
  fleetHeader,
  fleetMapping,
  fleetRows,
  SharedSites,
  type SharedSite,
} from '../datasets/fleet-table.ts'
import type { ImportedDataset } from '../datasets/import-table.ts'
import {
  observationsAfter,
  settleArrivals,
  type ObservationFilter,
  type ObservationRow,
} from '../store/queries/observations.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import type { HubPorts } from './hub-ports.ts'

type Ports = Pick<HubPorts, 'store' | 'clock'> & { readonly imports: RunningImports }

/** Rows of one query: a few milliseconds, so that nobody waits for an import. */
const PAGE_ROWS = 1_000

export async function importFromFleet(
  ports: Ports,
  input: FleetImport,
): Promise<Result<ImportedDataset, Refusal>> {
  const { store, imports } = ports
  const row = await findRecipe(store, input.recipe)
  if (row === undefined) return refuse('recipe/notFound', `no recipe is named ${input.recipe}`)
  const recipe = Recipe.parse(row.body)
  const settled = await settle(ports, input)
  if (!settled.ok) return settled
  const filter = { ...input, asOf: settled.value, sites: input.stations }
  const first = await observationsAfter(store, filter, { after: null, limit: PAGE_ROWS })
  if (first.length === 0) return refuse('dataset/empty', nothingText(filter))
  try {
    return await imports.run({
      ...{ recipe: recipe.name, name: input.name, source: 'fleet', isStored: true },
      ...{ mapping: fleetMapping(recipe), until: null, asOf: epochMs(filter.asOf) },
      body: tableOf(recipe, pagesOf(ports, filter, first)),
      ...{ onProgress: () => undefined, signal: input.signal },
    })
  } catch (cause) {
    if (cause instanceof SharedSiteError) return err(cause.refusal)
    throw cause
  }
}

/** The time to read as of; one that has not come yet would be no answer for ever. */
async function settle(
  { store, clock }: Ports,
  { asOf }: FleetImport,
): Promise<Result<number, Refusal<'dataset/asOfAhead'>>> {
  const latest = await store.tx((db) => settleArrivals(db, store, clock.now()))
  if (asOf === null || asOf <= latest) return ok(asOf ?? latest)
  return refuse(
    'dataset/asOfAhead',
    `${new Date(asOf).toISOString()} has not come yet: more may arrive until then; ask as of ${new Date(latest).toISOString()} or before`,
    'asOf',
  )
}

const nothingText = ({ recipe, asOf }: ObservationFilter): string =>
  `no such reading of ${recipe} had arrived by ${new Date(asOf).toISOString()}; stations send theirs when the recipe they enrolled with says "collect: { readings: true }"`

async function* pagesOf(
  { store }: Ports,
  filter: ObservationFilter,
  first: readonly ObservationRow[],
): AsyncGenerator<readonly ObservationRow[]> {
  for (let page = first; page.length > 0;) {
    yield page
    if (page.length < PAGE_ROWS) return
    page = await observationsAfter(store, filter, { after: page.at(-1)!, limit: PAGE_ROWS })
  }
}

async function* tableOf(
  recipe: Recipe,
  pages: AsyncIterable<readonly ObservationRow[]>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(fleetHeader(recipe))
  const sites = new SharedSites()
  for await (const page of pages) {
    const shared = sites.add(page)
    if (shared !== null) throw new SharedSiteError(shared)
    yield Buffer.from(fleetRows(recipe, page))
  }
}

/** One place has one series: two sensors of one site are not two revisions of one reading. */
class SharedSiteError extends Error {
  readonly refusal: Refusal<'dataset/severalDevices'>

  constructor({ site, devices: [a, b] }: SharedSite) {
    const message = `${a} and ${b} both measured at ${site} at one time; say whose readings count, as in --devices ${a}`
    super(message)
    this.refusal = { code: 'dataset/severalDevices', message }
  }
}
