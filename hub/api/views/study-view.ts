import { FeasibilityReport } from '../../runs/check/feasibility-report.ts'
import { Comparison } from '../../runs/compare/comparison.ts'
import { foundIn } from '../../runs/run-attempt.ts'
import type { RunRow } from '../../store/queries/runs-and-versions.ts'
import type { CheckResource, ComparisonResource } from '../resources/study.ts'
import { runView } from './run-view.ts'

/** A run of kind `check`. Pure. */
export const checkView = (run: RunRow): CheckResource => ({
  run: runView(run),
  report: FeasibilityReport.nullable().parse(foundIn(run.result)),
})

/** A run of kind `compare`. Pure. */
export function comparisonView(run: RunRow): ComparisonResource {
  const { a, b } = run.parameters as Pick<ComparisonResource, 'a' | 'b'>
  return { run: runView(run), a, b, comparison: Comparison.nullable().parse(foundIn(run.result)) }
}
