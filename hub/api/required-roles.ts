/** Who may do what: every route of the API with the role it needs, complete by type. */
import type { Role } from '../access/role.ts'
import { routes as aliasRequestRoutes } from './routes/alias-request-routes.ts'
import { routes as aliasRoutes } from './routes/alias-routes.ts'
import { routes as auditRoutes } from './routes/audit-routes.ts'
import { routes as datasetRoutes } from './routes/dataset-routes.ts'
import { routes as deviceRoutes } from './routes/device-routes.ts'
import { routes as enrolmentRoutes } from './routes/enrolment-routes.ts'
import { routes as fleetDatasetRoutes } from './routes/fleet-dataset-routes.ts'
import { routes as lineageRoutes } from './routes/lineage-routes.ts'
import { routes as modelImportRoutes } from './routes/model-import-routes.ts'
import { routes as modelRoutes } from './routes/model-routes.ts'
import { routes as overviewRoutes } from './routes/overview-routes.ts'
import { routes as recipeRoutes } from './routes/recipe-routes.ts'
import { routes as releaseRoutes } from './routes/release-routes.ts'
import { routes as rolloutRoutes } from './routes/rollout-routes.ts'
import { routes as runRoutes } from './routes/run-routes.ts'
import { routes as scoreRoutes } from './routes/score-routes.ts'
import { routes as sessionRoutes } from './routes/session-routes.ts'
import { routes as studyRoutes } from './routes/study-routes.ts'
import { routes as tokenRoutes } from './routes/token-routes.ts'
import { routes as trustRoutes } from './routes/trust-routes.ts'
import { routes as userRoutes } from './routes/user-routes.ts'
import { routes as versionRoutes } from './routes/version-routes.ts'

type Described = { readonly operationId: string; readonly method: string; readonly path: string }
/** A route without an operation id does not compile here. */
type IdOf<R extends Record<keyof R, Described>> = R[keyof R]['operationId']

export type OperationId =
  | IdOf<typeof aliasRequestRoutes>
  | IdOf<typeof aliasRoutes>
  | IdOf<typeof auditRoutes>
  | IdOf<typeof datasetRoutes>
  | IdOf<typeof deviceRoutes>
  | IdOf<typeof enrolmentRoutes>
  | IdOf<typeof fleetDatasetRoutes>
  | IdOf<typeof lineageRoutes>
  | IdOf<typeof modelImportRoutes>
  | IdOf<typeof modelRoutes>
  | IdOf<typeof overviewRoutes>
  | IdOf<typeof recipeRoutes>
  | IdOf<typeof releaseRoutes>
  | IdOf<typeof rolloutRoutes>
  | IdOf<typeof runRoutes>
  | IdOf<typeof scoreRoutes>
  | IdOf<typeof sessionRoutes>
  | IdOf<typeof studyRoutes>
  | IdOf<typeof tokenRoutes>
  | IdOf<typeof trustRoutes>
  | IdOf<typeof userRoutes>
  | IdOf<typeof versionRoutes>
  | 'readDescription'

/** `public`: asked before anybody can have credentials, or with credentials of another kind. */
export const REQUIRED_ROLE: Record<OperationId, Role | 'public'> = {
  readDescription: 'public',
  signIn: 'public',
  signInByLink: 'public',
  signInForToken: 'public',
  readInvitation: 'public',
  acceptInvitation: 'public',
  readTrust: 'public',
  enrolDevice: 'public',
  renewDevice: 'public',

  readSession: 'viewer',
  signOut: 'viewer',
  changePassword: 'viewer',
  listTokens: 'viewer',
  createToken: 'viewer',
  revokeToken: 'viewer',
  readOverview: 'viewer',
  readSummary: 'viewer',
  listEvents: 'viewer',
  followChanges: 'viewer',
  listDevices: 'viewer',
  readDevice: 'viewer',
  listDatasets: 'viewer',
  readDataset: 'viewer',
  listRuns: 'viewer',
  readRun: 'viewer',
  listModels: 'viewer',
  readModel: 'viewer',
  readModelCard: 'viewer',
  listGateOverrides: 'viewer',
  listRollouts: 'viewer',
  readRollout: 'viewer',
  listRecipes: 'viewer',
  listImports: 'viewer',
  datasetLineage: 'viewer',
  versionLineage: 'viewer',
  deviceLineage: 'viewer',
  recallDevices: 'viewer',
  trustStatus: 'viewer',
  trustPublished: 'viewer',
  listReleases: 'viewer',
  showRecipe: 'viewer',
  listAliases: 'viewer',
  readAliasHistory: 'viewer',
  listAliasRequests: 'viewer',
  listChecks: 'viewer',
  readCheck: 'viewer',
  listComparisons: 'viewer',
  readComparison: 'viewer',
  readScore: 'viewer',

  putSite: 'operator',
  addDevice: 'operator',
  createRollout: 'operator',
  operateRollout: 'operator',

  importDataset: 'releaser',
  importFromFleet: 'releaser',
  startRun: 'releaser',
  cancelRun: 'releaser',
  reproduceRun: 'releaser',
  applyRecipe: 'releaser',
  checkRecipe: 'releaser',
  compareVersions: 'releaser',
  importModel: 'releaser',
  cancelImport: 'releaser',
  publishRelease: 'releaser',
  releaseInDemo: 'releaser',
  revokeInDemo: 'releaser',
  downloadReleaseFile: 'releaser',
  setAlias: 'releaser',
  restoreAlias: 'releaser',
  removeAlias: 'releaser',
  approveAliasRequest: 'releaser',
  rejectAliasRequest: 'releaser',
  deleteVersion: 'releaser',
  removeOrphans: 'releaser',
  requestGateOverride: 'releaser',
  decideGateOverride: 'releaser',
  attestScore: 'releaser',

  addDevices: 'admin',
  revokeDevice: 'admin',
  trustKeys: 'admin',
  makeOnlineKey: 'admin',
  publishTrust: 'admin',
  initDemoTrust: 'admin',
  rotateDemoKey: 'admin',
  listUsers: 'admin',
  addUser: 'admin',
  inviteUser: 'admin',
  changeRole: 'admin',
  setDisabled: 'admin',
  listAudit: 'admin',
  protectAlias: 'admin',
}

/** Every described route, for the guard and the tests. */
export const ALL_ROUTES: readonly Described[] = [
  ...Object.values(aliasRequestRoutes),
  ...Object.values(aliasRoutes),
  ...Object.values(auditRoutes),
  ...Object.values(datasetRoutes),
  ...Object.values(deviceRoutes),
  ...Object.values(enrolmentRoutes),
  ...Object.values(fleetDatasetRoutes),
  ...Object.values(lineageRoutes),
  ...Object.values(modelImportRoutes),
  ...Object.values(modelRoutes),
  ...Object.values(overviewRoutes),
  ...Object.values(recipeRoutes),
  ...Object.values(releaseRoutes),
  ...Object.values(rolloutRoutes),
  ...Object.values(runRoutes),
  ...Object.values(scoreRoutes),
  ...Object.values(sessionRoutes),
  ...Object.values(studyRoutes),
  ...Object.values(tokenRoutes),
  ...Object.values(trustRoutes),
  ...Object.values(userRoutes),
  ...Object.values(versionRoutes),
  { operationId: 'readDescription', method: 'get', path: '/api/openapi.json' },
]

/** `GET /api/v1/devices/:id` -> `readDevice`. */
export const OPERATION_BY_ROUTE: ReadonlyMap<string, OperationId> = new Map(
  ALL_ROUTES.map(({ operationId, method, path }) => [
    `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    operationId as OperationId,
  ]),
)
