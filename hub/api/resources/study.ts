/** Runs that found something out, with what they found. */
import * as z from 'zod'
import { FeasibilityReport } from '../../runs/check/feasibility-report.ts'
import { Comparison } from '../../runs/compare/comparison.ts'
import { RunResource } from './run.ts'

/** `report` is null until the run has succeeded. */
export const CheckResource = z.strictObject({ run: RunResource, report: FeasibilityReport.nullable() })
export type CheckResource = z.infer<typeof CheckResource>

export const ComparisonResource = z.strictObject({
  run: RunResource,
  /** Versions as they were asked for. */
  a: z.string(),
  b: z.string(),
  comparison: Comparison.nullable(),
})
export type ComparisonResource = z.infer<typeof ComparisonResource>
