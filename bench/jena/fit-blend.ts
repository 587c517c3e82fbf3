/** Trees and networks on Jena's features, and how much each of them counts. */
import { tensorflow } from '@fleetcast/hub/adapters/tensorflow.ts'
import { blendWeighted } from '@fleetcast/hub/training/blend.ts'
import { fitGbdt } from '@fleetcast/hub/training/gbdt/fit-gbdt.ts'
import { GBDT_DEFAULTS, type GbdtOptions } from '@fleetcast/hub/training/gbdt/options.ts'
import { fitMlp, MLP_REGULARISED } from '@fleetcast/hub/training/mlp.ts'
import type { TrainedModel } from '@fleetcast/hub/training/trained-model.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { JenaPart } from './jena-samples.ts'

export type BlendChoice = {
  /** Of the trees and of the networks. */
  readonly weights: readonly [number, number]
  readonly trees: number
  readonly validationMae: { readonly gbdt: number; readonly mlp: number; readonly blend: number }
}

const GBDT: GbdtOptions = {
  ...GBDT_DEFAULTS,
  leavesMax: 8,
  rowShare: 0.3,
  columnShare: 0.15,
  penalty: 0,
}
const SEED = 7
const WEIGHT_STEPS = 20
const noProgress = async (): Promise<void> => {}

/** Fits on the training part; the number of trees and the blend's weights are what serves the validation part best. */
export async function chooseBlend(training: JenaPart, validation: JenaPart): Promise<BlendChoice> {
  const gbdt = await fitTrees(training, validation, GBDT)
  const mlp = await fitNetworks(training, 1)
  const [ofTrees, ofNetworks] = [gbdt.predict(validation.matrix), mlp.predict(validation.matrix)]
  const maeAt = (share: number): number =>
    validation.target.reduce(
      (sum, y, i) => sum + Math.abs(share * ofTrees[i]! + (1 - share) * ofNetworks[i]! - y),
      0,
    ) / validation.target.length
  let share = 0
  for (let k = 1; k <= WEIGHT_STEPS; k++) if (maeAt(k / WEIGHT_STEPS) < maeAt(share)) share = k / WEIGHT_STEPS
  return {
    weights: [share, 1 - share],
    trees: gbdt.rounds,
    validationMae: { gbdt: maeAt(1), mlp: maeAt(0), blend: maeAt(share) },
  }
}

/** The chosen blend on other rows, with nothing held out. */
export async function fitBlend(part: JenaPart, { weights, trees }: BlendChoice): Promise<TrainedModel> {
  const gbdt = await fitTrees(part, null, { ...GBDT, rounds: trees })
  return blendWeighted([gbdt, await fitNetworks(part, MLP_REGULARISED.members)], weights)
}

const fitTrees = (
  { matrix, target }: JenaPart,
  validation: JenaPart | null,
  options: GbdtOptions,
): Promise<TrainedModel> =>
  fitGbdt({
    matrix,
    target,
    validation,
    options,
    random: createRandom(SEED).fork('gbdt'),
    onProgress: noProgress,
  })

/** Networks stop after a fixed number of epochs, so they need no held-out rows; one is enough to choose by. */
const fitNetworks = ({ matrix, target }: JenaPart, members: number): Promise<TrainedModel> =>
  fitMlp({
    trainer: tensorflow,
    matrix,
    target,
    validation: null,
    options: { ...MLP_REGULARISED, members },
    seed: SEED,
    onProgress: noProgress,
  })
