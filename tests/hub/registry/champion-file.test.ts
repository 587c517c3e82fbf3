/** Which version a new one is compared with, read from a real store. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { join } from 'node:path'
import { createBlobFolder } from '../../../hub/adapters/blob-folder.ts'
import { championFile } from '../../../hub/registry/champion-file.ts'
import { recipe, registerMadeUp } from '../gates/registered-version.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'

let temporary: TemporaryStore
beforeEach(async () => void (temporary = await temporaryStore()))
afterEach(() => temporary.remove())

const found = (wanted = recipe) =>
  championFile({ store: temporary.store, blobs: createBlobFolder(join(temporary.folder, 'blobs')) }, wanted)

async function crown(digest: string): Promise<void> {
  const { db, t } = temporary.store
  const row = { recipe: recipe.name, name: 'champion', digest, revision: 1, updatedAt: 1 }
  await db.insert(t.aliases).values(row)
}

test('none while no version is the champion', async () => {
  await registerMadeUp(temporary, { hasSkill: true })
  expect(await found()).toBeNull()
})
test('the champion with its file, its sites and the end of its data', async () => {
  const { digest } = await registerMadeUp(temporary, { hasSkill: true })
  await crown(digest)
  expect(await found()).toEqual({
    ...{ name: 'temperature-24h@1', digest, file: 'champion.onnx', sites: ['sea'] },
    dataUntil: Date.parse('2026-01-01T00:00:00Z'),
    bytes: Buffer.from(JSON.stringify('a model')),
  })
})
test('none when the recipe asks for something else by now', async () => {
  const { digest } = await registerMadeUp(temporary, { hasSkill: true })
  await crown(digest)
  expect(await found({ ...recipe, windowSteps: 80 })).toBeNull()
  expect(await found({ ...recipe, target: { ...recipe.target, horizonSteps: 12 } })).toBeNull()
})
