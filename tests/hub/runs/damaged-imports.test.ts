/** A damaged file that is still a model, behind our features: a file or a refusal, never a fault of the hub. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { expect, test } from 'vitest'
import { checkImportable } from '../../../hub/onnx/allow-list.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import { wrapImported } from '../../../hub/runs/wrap-imported.ts'
import { damaged } from '../onnx/damaged-files.ts'
import { bytesOf } from '../onnx/made-elsewhere.ts'
import { constants, recipe, signatureOf } from './import-fixtures.ts'

const signature = signatureOf({ output: { name: 'y', kind: 'change' } })

/** Seeds that once failed are kept here and run first. */
const FAILED: readonly number[] = []

test('whatever is changed in a file, it is wrapped or refused', () => {
  const file = bytesOf('torch-mlp')
  let wrapped = 0
  for (const seed of [...FAILED, ...Array.from({ length: 1_500 }, (_, i) => 30_000 + i)]) {
    const model = readModel(damaged(file, createRandom(seed)))
    const checked = model.ok ? checkImportable(model.value) : model
    if (!checked.ok) continue
    const result = wrapImported({ recipe, constants, signature, model: checked.value })
    if (result.ok) wrapped += 1
    else
      expect({ seed, code: result.error.code }).toEqual({
        seed,
        code: expect.stringMatching(/^import\//) as string,
      })
  }
  expect(wrapped).toBeGreaterThan(50)
})
