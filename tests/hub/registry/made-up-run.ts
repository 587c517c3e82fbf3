/** A training run under way in a store, and what decided its outcome: what a registration needs beside the run's files. */
import { Sha256 } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { DatasetReport } from '../../../hub/datasets/dataset-report.ts'
import type { CodeIdentity } from '../../../hub/ports/code-identity.ts'
import { trainInputs, type TrainInputsInput } from '../../../hub/registry/train-inputs.ts'
import type { TrainInputs } from '../../../hub/registry/train-lock.ts'
import { insertRun } from '../../../hub/store/queries/runs-and-versions.ts'
import type { Store } from '../../../hub/store/store.ts'

const digest = (letter: string): Sha256 => Sha256.parse(letter.repeat(64))

export const madeUpIdentity: CodeIdentity = {
  codeDigest: digest('c'),
  environment: {
    ...{ node: '20.20.2', v8: '11.3', architecture: 'x64', cpu: 'avx2', threads: 1 },
    ...{ tensorflow: '4.22.0', backend: 'wasm', onnxruntime: '1.30.0', packageLock: digest('e') },
  },
}

const station = (name: string) => ({
  ...{ station: name, rows: 10, expected: 10, gaps: 0, duplicates: 0, channels: [], periods: [] },
})
const report = DatasetReport.parse({
  ...{ rows: 20, stations: ['jfk', 'sea'], from: 0, until: 3_600_000, findings: [] },
  coverage: [station('jfk'), station('sea')],
})

export const siteAt = (id: string, latitude: number) => ({ id, latitude, longitude: 8 })

/** Two stations' readings, nothing selected. */
export const madeUpInputsOf = (recipe: Recipe): TrainInputsInput => ({
  recipe,
  dataset: { digest: digest('d'), report },
  selection: { stations: null, from: null, until: null },
  sites: [siteAt('sea', 47), siteAt('jfk', 40)],
  identity: madeUpIdentity,
})

/** Puts the run into the store as the queue would, and says what decides its outcome. */
export async function startMadeUpRun(store: Store, id: string, recipe: Recipe): Promise<TrainInputs> {
  const { selection } = madeUpInputsOf(recipe)
  await insertRun(store, {
    ...{ id, recipe: recipe.name, dataset: digest('d'), selection, runKey: '' },
    ...{ state: 'running', stage: 'fitting', fraction: 0.5, message: '', createdAt: 0, updatedAt: 0 },
  })
  return trainInputs(madeUpInputsOf(recipe))
}
