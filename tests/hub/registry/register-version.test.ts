/** Registering and deleting at the same moment: a version that has a row has its files. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { DatasetDigest, SiteId } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { deleteVersion } from '../../../hub/registry/delete-version.ts'
import { registerVersion, type RegisterInput } from '../../../hub/registry/register-version.ts'
import { findVersion } from '../../../hub/store/queries/runs-and-versions.ts'
import { GATE_DEFAULTS } from '@fleetcast/shared/recipe/gates.ts'
import { judgeVersion } from '../../../hub/gates/judge-version.ts'
import { madeUpEvidence } from '../gates/gate-evidence.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'
import { startMadeUpRun } from './made-up-run.ts'
import { alice, blobsIn, RECIPE, REPORT } from './registry-fixtures.ts'

const recipeFile = fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url))
const recipe = Recipe.parse(parse(readFileSync(recipeFile, 'utf8')))
const dataset = DatasetDigest.parse('d'.repeat(64))
const vector = { windowBase64: 'AAAA', timeSeconds: 1, expected: 1 }
const reference = { channel: 'temperature', unit: 'C', edges: [1], counts: [1, 1], sums: [1, 2] }
const golden = { schema: 'fleetcast/golden/1', windowSteps: 2, channels: 1, tolerance: 1, vectors: [vector] }
const profile = {
  schema: 'fleetcast/reference-profile/1',
  channels: [{ ...reference, n: 2, mean: 1, standardDeviation: 1, min: 0, max: 2 }],
}
const input = async (run: string): Promise<RegisterInput> => ({
  ...{ run, recipe, dataset, sites: [SiteId.parse('sea')], dataUntil: epochMs(0), trainedOn: 'everything' },
  inputs: await startMadeUpRun(temporary.store, run, recipe),
  files: new Map([
    ['model.onnx', new TextEncoder().encode(`model of ${run}`)],
    ['report.json', canonicalJson(REPORT)],
    ['golden.json', canonicalJson(golden)],
    ['gates.json', canonicalJson(judgeVersion(GATE_DEFAULTS, madeUpEvidence()))],
    ['reference-profile.json', canonicalJson(profile)],
  ]),
})

let temporary: TemporaryStore
beforeEach(async () => {
  temporary = await temporaryStore()
})
afterEach(() => temporary.remove())

test('files shared with a version that goes just before the row is written are there again', async () => {
  const { store } = temporary
  const blobs = blobsIn(temporary.folder)
  const first = await registerVersion({ store, blobs, clock: systemClock }, await input('one'))
  if (!first.ok) throw new Error(first.error.message)
  const deletion = { id: first.value.digest, reason: 'broken sensor', actor: alice }
  const deleting = { store, blobs, clock: systemClock, otherUses: async () => [] }
  let written = 0
  // The other files are on disk when the last one is asked for: that is when the only other owner goes.
  const racing = {
    ...blobs,
    write: async (bytes: Uint8Array) => {
      const digest = await blobs.write(bytes)
      if (++written === 7) expect((await deleteVersion(deleting, deletion)).ok).toBe(true)
      return digest
    },
  }
  const second = await registerVersion({ store, blobs: racing, clock: systemClock }, await input('two'))
  expect(second).toMatchObject({ ok: true, value: { version: 2 } })
  const manifest = Manifest.parse((await findVersion(store, RECIPE, 2))?.manifest)
  expect(fileOf(manifest, 'signature.json')).toBeDefined()
  for (const layer of manifest.layers) expect(await blobs.has(layer.digest)).toBe(true)
})
