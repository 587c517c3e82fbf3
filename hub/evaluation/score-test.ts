/** The one look at the test rows: the chosen model and every baseline on exactly the same rows. */
import type { SiteId } from '@fleetcast/shared/ids.ts'
import { climatology, seasonalPersistence, type BaselineInput } from './baselines.ts'
import { likeliestClass } from '@fleetcast/shared/recipe/classes.ts'
import { lossesOf, meanLoss, saidOf } from './metrics.ts'
import type { Split } from './split-rows.ts'

export type SiteScore = {
  readonly site: SiteId
  readonly n: number
  readonly mae: number
  readonly persistenceMae: number
}

/** Mean absolute errors in units of the target; of an event mean squared errors of the probability, of classes mean ranked probability scores. */
export type TestScore = {
  readonly testMae: number
  readonly persistenceMae: number
  readonly seasonalPersistenceMae: number
  readonly climatologyMae: number
  readonly bySite: readonly SiteScore[]
  /** Share of the test rows whose likeliest class came; null where no classes are predicted. */
  readonly accuracy: { readonly model: number; readonly persistence: number } | null
}

/** `predicted` has a value for every sample; only the test rows are read. */
export function scoreTest(input: BaselineInput, split: Split, predicted: Float32Array): TestScore {
  const { recipe, samples, series } = input
  const maeOf = (values: Float32Array, rows = split.test): number =>
    meanLoss(lossesOf(recipe.target, values, samples.truth), rows)
  return {
    accuracy: accuracyOf(input, split, predicted),
    testMae: maeOf(predicted),
    persistenceMae: maeOf(samples.persistence),
    seasonalPersistenceMae: maeOf(seasonalPersistence(input)),
    climatologyMae: maeOf(climatology(input, split.training)),
    bySite: series.flatMap(({ site }, index) => {
      const rows = split.test.filter((row) => samples.seriesIndex[row] === index)
      if (rows.length === 0) return []
      return [
        {
          site,
          n: rows.length,
          mae: maeOf(predicted, rows),
          persistenceMae: maeOf(samples.persistence, rows),
        },
      ]
    }),
  }
}

function accuracyOf(
  { recipe: { target }, samples }: BaselineInput,
  { test }: Split,
  predicted: Float32Array,
): TestScore['accuracy'] {
  if (target.classes === undefined) return null
  const width = target.classes.names.length
  let [model, persistence] = [0, 0]
  for (const row of test) {
    const said = saidOf(predicted, row, width)
    if (typeof said !== 'number' && likeliestClass(said) === samples.truth[row]) model += 1
    if (samples.persistence[row] === samples.truth[row]) persistence += 1
  }
  return { model: model / test.length, persistence: persistence / test.length }
}
