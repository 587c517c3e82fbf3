/** A recipe is one YAML file that holds a use case end to end. */
import * as z from 'zod'
import { featureProblem, FeatureSpec, lagRuns, SEQUENCE_STEPS_MIN } from './features.ts'
import { GatesSpec } from './gates.ts'
import { TargetSpec } from './target.ts'

export const RecipeName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and "-"')
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

/** How rows are held out: blocks for validation and test in every cycle, with an embargo around each. */
export const SplitSpec = z
  .strictObject({ cycleDays: z.int().min(12).max(730), blockDays: z.int().min(1).max(120) })
  .refine(({ cycleDays, blockDays }) => 6 * blockDays <= cycleDays, 'a block is at most a sixth of a cycle')
export type SplitSpec = z.infer<typeof SplitSpec>

/** How learned matrices are stored in the file: float16 takes half of their bytes, int8 a quarter. */
export const WeightStorage = z.enum(['float32', 'float16', 'int8'])
export type WeightStorage = z.infer<typeof WeightStorage>

/** The file that ships. */
export const ExportSpec = z.strictObject({
  /** Anything but float32 has to show that it costs no accuracy: the gate `compactWeights`. Trees have no matrices. */
  weights: WeightStorage,
})
export type ExportSpec = z.infer<typeof ExportSpec>

/** When a station's forecasts count as worse than persistence. */
export const MonitoringSpec = z.strictObject({
  /** Days that are looked at, and verified forecasts without which nothing is said. */
  days: z.int().min(1).max(365),
  verifiedForecastsMin: z.int().min(1),
})
export type MonitoringSpec = z.infer<typeof MonitoringSpec>
export const MONITORING_DEFAULT: MonitoringSpec = { days: 30, verifiedForecastsMin: 200 }

/** Days without which a fallen skill is not told from luck. */
export const SKILL_DAYS_MIN = 20

/** When it is time to train again. Each is a reason of its own; what is left out is none. */
export const RetrainingSpec = z.strictObject({
  /** Days of readings that the serving version never saw. */
  afterDays: z.int().min(1).max(3_650).optional(),
  /** The fleet's live skill against persistence (1 - error / its error) is below, beyond doubt: its upper 95 % bound is. */
  skillBelow: z.number().min(-1).max(1).optional(),
  /** Share of the stations that are worse than persistence. */
  worseStationsShare: z.number().gt(0).max(1).optional(),
})
export type RetrainingSpec = z.infer<typeof RetrainingSpec>

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

/** What stations send beside the sums that operation needs. */
export const CollectSpec = z.strictObject({
  /**
   * Every reading as it came, so that datasets can be made from the fleet itself. Records of up to 24 readings wait at most six
   * hours. Measured with five channels of one decimal: 1.3 kB a day and station for hourly readings and 4.7 kB for one every
   * ten minutes, beside 45 kB and 258 kB of sums and states.
   */
  readings: z.boolean(),
})
export type CollectSpec = z.infer<typeof CollectSpec>

export const Recipe = z
  .strictObject({
    schema: z.literal('fleetcast/recipe/1'),
    name: RecipeName,
    title: z.string().min(1).max(120),
    cadenceMinutes: z.int().min(1).max(1440),
    channels: z.array(SensorChannel).min(1).max(32),
    siteChannels: z.array(SiteChannel).max(2),
    target: TargetSpec,
    /** Rows of the window the model sees, newest last. */
    windowSteps: z.int().min(2).max(400),
    features: z.array(FeatureSpec).min(1).max(64),
    training: z.strictObject({
      algorithms: z.array(AlgorithmName).min(1),
      seed: z.int().min(0),
      /** Tries settings of the algorithms on a rolling origin; without it each is fitted once with its defaults. */
      search: SearchSpec.optional(),
      splits: SplitSpec.optional(),
      /** Lower and upper bound beside every forecast, which hold this share of the truths. */
      interval: z.strictObject({ coverage: z.number().min(0.5).max(0.99) }).optional(),
      /** float32 without it. */
      export: ExportSpec.optional(),
    }),
    /** What a trained version has to show before it may run; limits that are not named have their defaults. */
    gates: GatesSpec.optional(),
    rollout: RolloutPolicy,
    monitoring: MonitoringSpec.optional(),
    retraining: RetrainingSpec.optional(),
    /** A station learns it when it enrols; without it no reading leaves a station. */
    collect: CollectSpec.optional(),
  })
  .superRefine((recipe, context) => {
    if (!recipe.channels.some(({ name }) => name === recipe.target.channel))
      context.addIssue({
        code: 'custom',
        path: ['target', 'channel'],
        message: `no channel is named ${recipe.target.channel}`,
      })
    const splits = recipe.training.splits
    const embargoDays = ((recipe.windowSteps + recipe.target.horizonSteps) * recipe.cadenceMinutes) / 1_440
    if (splits !== undefined && splits.cycleDays / 5 - splits.blockDays < embargoDays)
      context.addIssue({
        code: 'custom',
        path: ['training', 'splits'],
        message: `between a validation and a test block must lie window and horizon, ${Math.ceil(embargoDays)} days: make cycleDays at least ${Math.ceil(5 * (splits.blockDays + embargoDays))}`,
      })
    for (const { path, message } of targetIssues(recipe)) context.addIssue({ code: 'custom', path, message })
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

type RecipeIssue = { readonly path: (string | number)[]; readonly message: string }

/** Algorithms that can say how likely something is. */
const PROBABILITY_ALGORITHMS: readonly AlgorithmName[] = ['ridge', 'gbdt']

function targetIssues({
  target,
  windowSteps,
  training,
}: {
  readonly target: TargetSpec
  readonly windowSteps: number
  readonly training: { readonly algorithms: readonly AlgorithmName[]; readonly interval?: unknown }
}): readonly RecipeIssue[] {
  const { event, classes, predict, horizonSteps } = target
  const readsHorizon = event !== undefined || classes?.of !== undefined || predict === 'change'
  const window =
    readsHorizon && horizonSteps >= windowSteps
      ? [
          {
            path: ['windowSteps'],
            message: `a station judges by its window what happened: it needs more than the horizon's ${horizonSteps} steps`,
          },
        ]
      : []
  return event === undefined && classes === undefined
    ? window
    : [...window, ...probabilityIssues(target, training)]
}

function probabilityIssues(
  { event, classes, predict, loss }: TargetSpec,
  { algorithms, interval }: { readonly algorithms: readonly AlgorithmName[]; readonly interval?: unknown },
): readonly RecipeIssue[] {
  const what = event === undefined ? 'a class' : 'an event'
  const unable = algorithms.findIndex((name) => !PROBABILITY_ALGORITHMS.includes(name))
  const found: readonly (RecipeIssue & { readonly isWrong: boolean })[] = [
    {
      isWrong: event !== undefined && classes !== undefined,
      path: ['target', 'classes'],
      message: 'an event is a question of yes or no; leave either event or classes out',
    },
    {
      isWrong: loss !== undefined,
      path: ['target', 'loss'],
      message: 'probabilities are always scored by their squares; leave loss out',
    },
    {
      isWrong: predict !== undefined,
      path: ['target', 'predict'],
      message: `${what} is neither a value nor a change; leave predict out`,
    },
    {
      isWrong: unable >= 0,
      path: ['training', 'algorithms', unable],
      message: `${algorithms[unable]} gives no probabilities; ${what} takes ${PROBABILITY_ALGORITHMS.join(' and ')}`,
    },
    {
      isWrong: interval !== undefined,
      path: ['training', 'interval'],
      message: 'a probability has no interval; leave it out',
    },
  ]
  return found.filter(({ isWrong }) => isWrong)
}

/** Column order of the window tensor: sensors as listed, then what the site knows of itself. */
export const windowChannels = (recipe: Pick<Recipe, 'channels' | 'siteChannels'>): readonly string[] => [
  ...recipe.channels.map((channel) => channel.name),
  ...recipe.siteChannels,
]
