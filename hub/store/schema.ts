/** Every table, written once for both databases; grouped by noun. */
import type { Kit } from './kit.ts'
import { accessTables } from './tables/access-tables.ts'
import { aliasTables } from './tables/alias-tables.ts'
import { evidenceTables } from './tables/evidence-tables.ts'
import { fleetTables } from './tables/fleet-tables.ts'
import { modelTables } from './tables/model-tables.ts'
import { observationTables } from './tables/observation-tables.ts'
import { rolloutTables } from './tables/rollout-tables.ts'
import { scoreTables } from './tables/score-tables.ts'

export const makeSchema = (kit: Kit) => ({
  ...fleetTables(kit),
  ...evidenceTables(kit),
  ...observationTables(kit),
  ...modelTables(kit),
  ...aliasTables(kit),
  ...rolloutTables(kit),
  ...scoreTables(kit),
  ...accessTables(kit),
})
export type Schema = ReturnType<typeof makeSchema>
