/** A version as training would have left it, with gates that passed or failed. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { DatasetDigest, SiteId } from '@fleetcast/shared/ids.ts'
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { createBlobFolder } from '../../../hub/adapters/blob-folder.ts'
import { judgeVersion } from '../../../hub/gates/judge-version.ts'
import { registerVersion, type RegisteredVersion } from '../../../hub/registry/register-version.ts'
import { openStore } from '../../../hub/store/open-store.ts'
import type { Store } from '../../../hub/store/store.ts'
import { MIGRATIONS } from '../store/engines.ts'
import { startMadeUpRun } from '../registry/made-up-run.ts'
import { madeUpEvidence, madeUpRows } from './gate-evidence.ts'

const shipped = fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url))
export const recipe = Recipe.parse(parse(readFileSync(shipped, 'utf8')))

const report = {
  schema: 'fleetcast/run-report/1',
  algorithm: 'ridge',
  choice: 'the only one',
  algorithms: [],
  rows: 10,
  split: { training: 6, validation: 2, test: 2 },
  ...{ testMae: 1, persistenceMae: 2, seasonalPersistenceMae: 2, climatologyMae: 3, bySite: [] },
  parity: { rows: 1, maxDifference: 0, tolerance: 1 },
  ...{ features: ['a'], backend: 'none', seed: 7, cpuSeconds: 0 },
  versions: { node: '', onnxruntime: '', tensorflow: '' },
}
const channel = {
  ...{ channel: 'temperature', unit: 'C', edges: [0], counts: [1, 1], sums: [0, 1] },
  ...{ n: 2, mean: 0.5, standardDeviation: 0.5, min: 0, max: 1 },
}
const golden = {
  ...{ schema: 'fleetcast/golden/1', windowSteps: 72, channels: 7, tolerance: 0.1 },
  vectors: [{ windowBase64: '', timeSeconds: 0, expected: 1 }],
}

/** `skill`: without it the version is worse than persistence, and fails `beatsPersistence` alone. */
export async function registerMadeUp(
  { store, folder }: { readonly store: Store; readonly folder: string },
  { hasSkill }: { readonly hasSkill: boolean },
): Promise<RegisteredVersion> {
  const rows = madeUpRows({ share: hasSkill ? 0.7 : 1.02 })
  const gates = judgeVersion(gatePolicyOf(recipe), madeUpEvidence({ rows }))
  const files = { 'report.json': report, 'golden.json': golden, 'gates.json': gates }
  const profile = { schema: 'fleetcast/reference-profile/1', channels: [channel] }
  const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const ports = { store, blobs: createBlobFolder(join(folder, 'blobs')), clock }
  const run = `made-up-${randomUUID()}`
  const registered = await registerVersion(ports, {
    ...{ run, recipe, dataset: DatasetDigest.parse('d'.repeat(64)), trainedOn: 'sea' },
    ...{ sites: [SiteId.parse('sea')], dataUntil: epochMs(Date.parse('2026-01-01T00:00:00Z')) },
    inputs: await startMadeUpRun(store, run, recipe),
    files: new Map([
      ['model.onnx', bytes('a model')],
      ['reference-profile.json', bytes(profile)],
      ...Object.entries(files).map(([name, value]) => [name, bytes(value)] as const),
    ]),
  })
  if (!registered.ok) throw new Error(registered.error.message)
  return registered.value
}

const clock = {
  now: () => epochMs(1_000),
  monotonic: () => 0 as never,
  sleep: async () => {},
}

/** In the state folder of a hub that has not started yet: version 1 passed, version 2 failed `beatsPersistence`. */
export async function registerBoth(stateDir: string): Promise<void> {
  const sqliteFile = join(stateDir, 'hub.db')
  const store = await openStore({ database: 'sqlite', sqliteFile, migrations: MIGRATIONS })
  await registerMadeUp({ store, folder: stateDir }, { hasSkill: true })
  await registerMadeUp({ store, folder: stateDir }, { hasSkill: false })
  await store.close()
}
