/** The tables as the migration generator wants them: one export each. */
import { postgresKit } from './kit.ts'
import { makeSchema } from './schema.ts'

export const {
  sites,
  devices,
  streams,
  telemetry,
  cursors,
  quarantine,
  events,
  settings,
  evidence,
  ledger,
  profiles,
  observations,
  recipes,
  datasets,
  runs,
  versions,
  gateOverrides,
  aliases,
  aliasHistory,
  aliasRequests,
  aliasProtections,
  rollouts,
  decisions,
  orders,
  users,
  sessions,
  tokens,
  audit,
} = makeSchema(postgresKit)
