/** What an import says of its data: how much is there, what was refused and what looks wrong. */
import * as z from 'zod'

const count = z.number()

/** One kind of finding at one station (`*`: the whole table), with a few examples that can be looked up in the file. */
export const DatasetFinding = z.strictObject({
  code: z.string(),
  station: z.string(),
  channel: z.string().nullable(),
  count,
  examples: z.array(z.string()),
})
export type DatasetFinding = z.infer<typeof DatasetFinding>

export const StationCoverage = z.strictObject({
  station: z.string(),
  rows: count,
  /** Intervals of the cadence between the first and the last row, without breaks longer than BREAK_DAYS. */
  expected: count,
  /** Runs of missing intervals. */
  gaps: count,
  /** Rows that name an interval another row had named. */
  duplicates: count,
  /** Valid values, and values that quality control took out. */
  channels: z.array(z.strictObject({ channel: z.string(), present: count, invalid: count })),
  /** Stretches without a long break: event times of their first and last row. Unknown (empty) in reports older than the field. */
  periods: z.array(z.strictObject({ from: count, until: count })).default([]),
})
export type StationCoverage = z.infer<typeof StationCoverage>

export const DatasetReport = z.strictObject({
  rows: count,
  stations: z.array(z.string()),
  /** Event time of the first and of the last row. */
  from: z.number(),
  until: z.number(),
  /** Rows that arrived later were left out; null: whatever had arrived. */
  asOf: z.number().nullable().default(null),
  coverage: z.array(StationCoverage),
  findings: z.array(DatasetFinding),
})
export type DatasetReport = z.infer<typeof DatasetReport>

/** A pause longer than this is no gap but the space between two periods (a station's 2013 and its 2022). */
export const BREAK_DAYS = 31

export const EXAMPLES_MAX = 5

/** The station of a finding about the whole table. */
export const WHOLE_TABLE = '*'
