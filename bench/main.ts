/** `npm run -s bench -- NAME...`: one JSON object a line; ratios are taken within one run. */
import { benchAirports } from './airports.ts'
import { benchBellevue } from './bellevue/bellevue.ts'
import type { BenchRow } from './bench-row.ts'
import { benchFootprint } from './footprint.ts'
import { benchImport } from './import.ts'
import { benchInference } from './inference.ts'
import { benchIngest } from './ingest.ts'
import { benchRecipes } from './recipes.ts'
import { benchReports } from './reports.ts'
import { benchTrust } from './trust.ts'
import { benchJena } from './jena/jena.ts'
import { benchTraining } from './training.ts'
import { benchTrees } from './trees/trees.ts'

const BENCHES: Record<string, (print: (row: BenchRow) => void) => Promise<void>> = {
  inference: benchInference,
  ingest: benchIngest,
  reports: benchReports,
  training: benchTraining,
  footprint: benchFootprint,
  trust: benchTrust,
  jena: benchJena,
  trees: benchTrees,
  bellevue: benchBellevue,
  airports: benchAirports,
  recipes: benchRecipes,
  import: benchImport,
}

const names = process.argv.slice(2)
if (names.includes('--list')) {
  for (const name of Object.keys(BENCHES)) process.stdout.write(`${name}\n`)
} else if (names.length === 0 || names.some((name) => BENCHES[name] === undefined)) {
  process.stderr.write(`name one or more of: ${Object.keys(BENCHES).join(', ')} (or --list)\n`)
  process.exitCode = 2
} else {
  for (const name of names) await BENCHES[name]!((row) => process.stdout.write(`${JSON.stringify(row)}\n`))
}
