import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addShippedRecipes, applyRecipe } from '@fleetcast/hub/recipes/apply-recipe.ts'
import { readRecipe } from '@fleetcast/hub/recipes/read-recipe.ts'
import { findRecipe } from '@fleetcast/hub/store/queries/recipes-and-datasets.ts'
import { putDevices } from '@fleetcast/hub/store/queries/sites-and-devices.ts'
import { epochMs, ms } from '@fleetcast/shared/units.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'

const file = fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url))
let shipped: Recipe
let place: TemporaryStore
const ports = () => ({
  store: place.store,
  clock: { now: () => epochMs(1), monotonic: () => ms(0), sleep: async () => {} },
})

beforeEach(async () => {
  const recipe = readRecipe(await readFile(file, 'utf8'))
  if (!recipe.ok) throw new Error(recipe.error.message)
  shipped = recipe.value
  place = await temporaryStore()
})
afterEach(async () => await place.remove())

const withAlpha = (alpha: number): Recipe => ({ ...shipped, rollout: { ...shipped.rollout, alpha } })
const enrolOne = async (): Promise<void> => {
  const row = { id: 'sea', site: 'sea', latitude: 47, longitude: -122, createdAt: 1, enrolledAt: 2 }
  await putDevices(place.store.db, place.store, [row])
}

test('a policy changes under enrolled stations, and the change is named', async () => {
  expect(await applyRecipe(ports(), shipped)).toMatchObject({ ok: true, value: { isNew: true, changes: [] } })
  await enrolOne()
  expect(await applyRecipe(ports(), withAlpha(0.01))).toMatchObject({
    ok: true,
    value: { isNew: false, changes: [{ path: 'rollout.alpha', before: '0.05', after: '0.01' }] },
  })
})

test('what stations measure does not change under them, and nothing is stored', async () => {
  await applyRecipe(ports(), shipped)
  const other = { ...shipped, windowSteps: 96 }
  expect(await applyRecipe(ports(), other)).toMatchObject({ ok: true })
  await enrolOne()
  expect(await applyRecipe(ports(), shipped)).toMatchObject({
    ok: false,
    error: { code: 'recipe/inUse', at: 'windowSteps' },
  })
  expect((await findRecipe(place.store, shipped.name))?.body).toMatchObject({ windowSteps: 96 })
})

test('a start does not take back what was applied', async () => {
  await addShippedRecipes(ports(), [shipped])
  await applyRecipe(ports(), withAlpha(0.01))
  await addShippedRecipes(ports(), [shipped])
  expect((await findRecipe(place.store, shipped.name))?.body).toMatchObject({ rollout: { alpha: 0.01 } })
})
