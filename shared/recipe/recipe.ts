/**
 * A recipe is one YAML file that holds a use case end to end. This schema is the part the loop needs; later issues
 * add search, gates of a version and retraining triggers.
 */
import * as z from 'zod'
import { featureProblem, FeatureSpec, lagRuns, SEQUENCE_STEPS_MIN } from './features.ts'

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and "-"')
export const ChannelName = z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/, 'a channel name is camelCase')

/** A measured channel: its unit, physical limits and what quality control tolerates. */
export const SensorChannel = z.strictObject({
  name: ChannelName,
  unit: z.string().min(1).max(16),
  /** Column of an imported table that holds it. */
  column: z.string().min(1).max(64),
  /** Physical limits: a value outside is invalid, never used, and counted. */
  min: z.number(),
  max: z.number(),
  /** Largest credible change from one interval to the next, unless the next readings confirm the new level. */
  stepMax: z.number().positive(),
  /** Readings in a row without any change that mean a stuck sensor; null where a constant is normal (no rain, calm wind). */
  flatlineReadings: z.int().min(3).nullable(),
})
export type SensorChannel = z.infer<typeof SensorChannel>

/** What a station knows of itself, constant along the window: lets one model serve every station. */
export const SiteChannel = z.enum(['latitude', 'longitude'])
export type SiteChannel = z.infer<typeof SiteChannel>

export const AlgorithmName = z.enum(['ridge', 'gbdt', 'mlp', 'gru', 'lstm'])
export type AlgorithmName = z.infer<typeof AlgorithmName>

/** How much a training run may try. */
export const SearchSpec = z.strictObject({
  /** Settings that are tried, the defaults of every algorithm first. */
  trials: z.int().min(1).max(64),
  /** Blocks of time that each trial is judged on. */
  folds: z.int().min(1).max(8),
  /** No further trial begins after so many CPU seconds; leave it out where runs must come out the same again. */
  cpuSecondsMax: z.int().min(1).max(86_400).optional(),
})
export type SearchSpec = z.infer<typeof SearchSpec>

export const StageSpec = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/),
  /** Cumulative share of the fleet that may run the version once this stage has passed, in (0, 1]. */
  share: z.number().gt(0).max(1),
})

export const RolloutPolicy = z.strictObject({
  stages: z.array(StageSpec).min(1).max(12),
  /** Verified forecasts every stage needs before a verdict other than noData is possible. */
  verifiedForecastsMin: z.int().min(1),
  /** Fleet-averaged days of paired evidence before any look, and after which an open question is closed. */
  daysMin: z.int().min(3),
  daysMax: z.int().min(3),
  /** Days that must come from live shadow operation, not from the backtest. */
  shadowDaysMin: z.int().min(1),
  /** One-sided error rate of each confidence sequence. */
  alpha: z.number().gt(0).max(0.2),
  /** How much worse than the reference the upper bound may still be, relative to the reference's MAE. */
  marginToPersistence: z.number().min(0).max(0.5),
  marginToChampion: z.number().min(0).max(0.5),
  /** Days every device of the fleet serves the version before the rollout counts as completed. */
  soakDays: z.int().min(0),
})
export type RolloutPolicy = z.infer<typeof RolloutPolicy>

export const Recipe = z
  .strictObject({
    schema: z.literal('fleetcast/recipe/1'),
    name,
    title: z.string().min(1).max(120),
    cadenceMinutes: z.int().min(1).max(1440),
    channels: z.array(SensorChannel).min(1).max(32),
    siteChannels: z.array(SiteChannel).max(2),
    target: z.strictObject({ channel: ChannelName, horizonSteps: z.int().min(1).max(240) }),
    /** Rows of the window the model sees, newest last. */
    windowSteps: z.int().min(2).max(400),
    features: z.array(FeatureSpec).min(1).max(64),
    training: z.strictObject({
      algorithms: z.array(AlgorithmName).min(1),
      seed: z.int().min(0),
      /** Tries settings of the algorithms on a rolling origin; without it each is fitted once with its defaults. */
      search: SearchSpec.optional(),
    }),
    rollout: RolloutPolicy,
  })
  .superRefine((recipe, context) => {
    if (!recipe.channels.some(({ name }) => name === recipe.target.channel))
      context.addIssue({
        code: 'custom',
        path: ['target', 'channel'],
        message: `no channel is named ${recipe.target.channel}`,
      })
    recipe.features.forEach((feature, i) => {
      const problem = featureProblem(feature, recipe)
      if (problem === null) return
      const path = ['features', i, ...(problem.key === null ? [] : [problem.key])]
      context.addIssue({ code: 'custom', path, message: problem.message })
    })
    const isRecurrent = recipe.training.algorithms.some((name) => name === 'gru' || name === 'lstm')
    if (isRecurrent && ![...lagRuns(recipe.features).values()].some((run) => run >= SEQUENCE_STEPS_MIN))
      context.addIssue({
        code: 'custom',
        path: ['training', 'algorithms'],
        message: `gru and lstm read a sequence: give one channel at least the lags 0 to ${SEQUENCE_STEPS_MIN - 1}`,
      })
    if (recipe.rollout.stages.at(-1)?.share !== 1)
      context.addIssue({
        code: 'custom',
        path: ['rollout', 'stages'],
        message: 'the last stage must have share 1',
      })
    recipe.rollout.stages.forEach((stage, i) => {
      const before = recipe.rollout.stages[i - 1]?.share ?? 0
      if (stage.share <= before)
        context.addIssue({
          code: 'custom',
          path: ['rollout', 'stages', i, 'share'],
          message: 'shares are cumulative and must grow',
        })
    })
  })
export type Recipe = z.infer<typeof Recipe>

/** Column order of the window tensor: sensors as listed, then what the site knows of itself. */
export const windowChannels = (recipe: Pick<Recipe, 'channels' | 'siteChannels'>): readonly string[] => [
  ...recipe.channels.map((channel) => channel.name),
  ...recipe.siteChannels,
]
