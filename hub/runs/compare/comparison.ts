/** Two versions on rows that neither was trained on, as the API, the dashboard and the command line read it. */
import * as z from 'zod'

const count = z.int().min(0)

export const ComparedVersion = z.strictObject({
  /** `recipe@version`. */
  name: z.string(),
  digest: z.string(),
  dataUntil: z.int(),
  sites: z.array(z.string()),
})
export type ComparedVersion = z.infer<typeof ComparedVersion>

export const ComparedSlice = z.strictObject({
  kind: z.enum(['overall', 'horizon', 'station', 'season', 'hours']),
  name: z.string(),
  n: z.int().min(1),
  days: z.int().min(1),
  /** Mean losses over the rows, target's unit. */
  lossA: z.number(),
  lossB: z.number(),
  persistence: z.number(),
  /** (A - B) / B: below 0 A is better; with a 95 % interval unless there are too few days for one. */
  relativeDifference: z.number(),
  interval: z.strictObject({ lower: z.number(), upper: z.number() }).nullable(),
  /** Of the overall line as it is; of slices adjusted for how many there are (Holm). */
  pValue: z.number().min(0).max(1).nullable(),
  /** Of A against B at 5 %. */
  verdict: z.enum(['better', 'worse', 'notToldApart', 'tooFewDays']),
})
export type ComparedSlice = z.infer<typeof ComparedSlice>

export const Comparison = z.strictObject({
  schema: z.literal('fleetcast/comparison/1'),
  a: ComparedVersion,
  b: ComparedVersion,
  dataset: z.string(),
  /** Selected rows, in words. */
  selection: z.string(),
  target: z.strictObject({ channel: z.string(), unit: z.string() }),
  /** Samples of the selection: how many counted, and how many did not because training data of one or both reach there. */
  rows: z.strictObject({ counted: count, seenByA: count, seenByB: count, seenByBoth: count }),
  /** Event times of the first and the last counted row. */
  from: z.int(),
  until: z.int(),
  overall: ComparedSlice,
  slices: z.array(ComparedSlice),
})
export type Comparison = z.infer<typeof Comparison>
