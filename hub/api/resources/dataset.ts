/** Datasets and what their import found. */
import * as z from 'zod'

export const QualityFinding = z.strictObject({
  code: z.string(),
  station: z.string(),
  channel: z.string().nullable(),
  count: z.number(),
  examples: z.array(z.string()),
})

export const DatasetResource = z.strictObject({
  digest: z.string(),
  name: z.string(),
  rows: z.number(),
  stations: z.array(z.string()),
  from: z.number(),
  until: z.number(),
  /** Rows that arrived later were left out; null: whatever had arrived. */
  asOf: z.number().nullable(),
  createdAt: z.number(),
  /** Share of expected intervals present, by station and channel. */
  coverage: z.array(
    z.strictObject({
      station: z.string(),
      rows: z.number(),
      expected: z.number(),
      gaps: z.number(),
      duplicates: z.number(),
      channels: z.array(z.strictObject({ channel: z.string(), present: z.number(), invalid: z.number() })),
      /** Stretches without a long break: event times of the first and the last row. */
      periods: z.array(z.strictObject({ from: z.number(), until: z.number() })),
    }),
  ),
  findings: z.array(QualityFinding),
  /** A table that was brought, or the readings that stations had sent. */
  source: z.enum(['table', 'fleet']),
})
export type DatasetResource = z.infer<typeof DatasetResource>

/** An import under way; it is gone from the list when it has ended. */
export const ImportResource = z.strictObject({
  id: z.string(),
  name: z.string(),
  recipe: z.string(),
  stage: z.enum(['uploading', 'waiting', 'unpacking', 'reading', 'checking', 'writing']),
  /** Share of the stage, 0 where it cannot be known. */
  fraction: z.number(),
  bytes: z.number(),
  rows: z.number(),
})
export type ImportResource = z.infer<typeof ImportResource>
