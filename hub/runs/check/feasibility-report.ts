/**
 * What can be said of a recipe on a dataset before anything is trained. Scores come from validation rows alone: whoever decides
 * after reading this has not yet seen a test row.
 */
import * as z from 'zod'
import { DatasetFinding } from '../../datasets/dataset-report.ts'

const count = z.int().min(0)
const share = z.number().min(0).max(1)

/** error: training would be refused or mean nothing · warning: it works, and somebody should know · info: a fact worth knowing. */
export const CheckFinding = z.strictObject({
  code: z.string().max(60),
  severity: z.enum(['error', 'warning', 'info']),
  /** `jfk / temperature`; empty where it concerns everything. */
  place: z.string().max(130),
  message: z.string().max(400),
  /** What to do about it. */
  action: z.string().max(400),
})
export type CheckFinding = z.infer<typeof CheckFinding>

export const ChannelCoverage = z.strictObject({
  channel: z.string(),
  /** Share of the intervals with a value that quality control let through. */
  valid: share,
  /** Longest run of intervals without one. */
  largestGapSteps: count,
})

export const StationFeasibility = z.strictObject({
  station: z.string(),
  /** Event times in ms of its first and last interval. */
  from: z.int(),
  until: z.int(),
  /** Intervals of the cadence, without pauses longer than BREAK_DAYS. */
  intervals: count,
  /** Share of them in which any channel has a valid value. */
  present: share,
  /** Share of them that make a sample: target there now, later, and in half of the window. */
  labelled: share,
  samples: count,
  /** Calendar months (1 to 12, UTC) with samples. */
  months: z.array(z.int().min(1).max(12)),
  /** Typical distance between neighbouring values of the target, in its unit; null with too few values. */
  targetResolution: z.number().nullable(),
  channels: z.array(ChannelCoverage),
})
export type StationFeasibility = z.infer<typeof StationFeasibility>

const Score = z.strictObject({ name: z.string(), loss: z.number() })

/** How far two models must lie apart. */
export const Resolution = z.strictObject({
  /** similar: linear models with different features · different: seasonal persistence and persistence. */
  pair: z.enum(['similar', 'different']),
  first: z.string(),
  second: z.string(),
  days: count,
  effectiveDays: z.number(),
  /** As observed on the rows that were looked at. */
  relativeDifference: z.number(),
  /** Smallest true relative difference that the test rows' days find: 80 % power, two-sided 5 %. */
  smallestDifference: z.number().nullable(),
  /**
   * Margin of the recipe's rollout, and days a live fleet needs to hold it when the true relative difference is the expected
   * one: none between similar models, the linear model's against persistence. Null: not within ten years.
   */
  margin: z.number(),
  expected: z.number(),
  liveDays: count.nullable(),
})
export type Resolution = z.infer<typeof Resolution>

export const FeasibilityReport = z.strictObject({
  schema: z.literal('fleetcast/feasibility-report/1'),
  recipe: z.strictObject({ name: z.string(), title: z.string(), digest: z.string() }),
  target: z.strictObject({
    channel: z.string(),
    unit: z.string(),
    horizonMinutes: z.int(),
    /** In what errors are given: the unit, its square, or the name of the score. */
    score: z.string(),
  }),
  dataset: z.string(),
  /** Selected rows, in words. */
  selection: z.string(),
  verdict: z.enum(['feasible', 'doubtful', 'notFeasible']),
  findings: z.array(CheckFinding),
  stations: z.array(StationFeasibility),
  /** What the import of the dataset found in the stations and channels used. */
  quality: z.array(DatasetFinding),
  /** Samples by part; those in an embargo belong to none. */
  rows: z.strictObject({ training: count, validation: count, test: count, embargo: count }),
  /** How many training and validation samples lie in each class; null where no classes are predicted. */
  classes: z
    .array(z.strictObject({ name: z.string(), samples: count, share }))
    .nullable()
    .default(null),
  /** Mean losses on the validation rows, target's unit; null without validation or training rows. */
  scores: z.array(Score).nullable(),
  /** Of daily losses of persistence on training and validation rows. */
  independence: z
    .strictObject({
      days: count,
      lag1: z.number(),
      /** Integrated autocorrelation times in days. */
      positiveSequence: z.number(),
      neweyWest: z.number(),
      effectiveDays: z.number(),
      /** Days with test rows, and how many independent ones they are worth. */
      testDays: count,
      effectiveTestDays: z.number(),
    })
    .nullable(),
  resolution: z.array(Resolution),
  /** Devices that the live days are reckoned for, and whether they are enrolled or only assumed. */
  fleet: z.strictObject({ devices: z.int().min(1), isAssumed: z.boolean() }),
  /** CPU seconds of a training run, estimated from what this check took on the same machine. */
  budget: z
    .strictObject({
      features: z.number().min(0),
      algorithms: z.array(z.strictObject({ algorithm: z.string(), cpuSeconds: z.number().min(0) })),
      total: z.number().min(0),
    })
    .nullable(),
})
export type FeasibilityReport = z.infer<typeof FeasibilityReport>
