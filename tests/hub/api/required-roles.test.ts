/** Each role against each route of a real hub. The table is written down here once more, and is complete by type. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLES } from '../../../hub/store/tables/access-tables.ts'
import type { Role } from '../../../hub/access/role.ts'
import { ALL_ROUTES, REQUIRED_ROLE, type OperationId } from '../../../hub/api/required-roles.ts'
import {
  bearer,
  enterAs,
  JSON_TYPE,
  startTestHub,
  tokenFor,
  type Call,
  type RunningHub,
} from './hub-process.ts'

type Asker = 'nobody' | Role
const ASKERS = ['nobody', ...ROLES] as const

const EVERYBODY: readonly Asker[] = ASKERS
const VIEWERS: readonly Asker[] = ['viewer', 'operator', 'releaser', 'admin']
const OPERATORS: readonly Asker[] = ['operator', 'releaser', 'admin']
const RELEASERS: readonly Asker[] = ['releaser', 'admin']
const ADMINS: readonly Asker[] = ['admin']

const MAY: Record<OperationId, readonly Asker[]> = {
  readDescription: EVERYBODY,
  signIn: EVERYBODY,
  signInByLink: EVERYBODY,
  signInForToken: EVERYBODY,
  readInvitation: EVERYBODY,
  acceptInvitation: EVERYBODY,
  readTrust: EVERYBODY,
  enrolDevice: EVERYBODY,
  renewDevice: EVERYBODY,
  readSession: VIEWERS,
  signOut: VIEWERS,
  changePassword: VIEWERS,
  listTokens: VIEWERS,
  createToken: VIEWERS,
  revokeToken: VIEWERS,
  readOverview: VIEWERS,
  readSummary: VIEWERS,
  listEvents: VIEWERS,
  followChanges: VIEWERS,
  listDevices: VIEWERS,
  readDevice: VIEWERS,
  listDatasets: VIEWERS,
  readDataset: VIEWERS,
  listRuns: VIEWERS,
  readRun: VIEWERS,
  listModels: VIEWERS,
  readModel: VIEWERS,
  readModelCard: VIEWERS,
  listGateOverrides: VIEWERS,
  listRollouts: VIEWERS,
  readRollout: VIEWERS,
  listRecipes: VIEWERS,
  listImports: VIEWERS,
  datasetLineage: VIEWERS,
  versionLineage: VIEWERS,
  deviceLineage: VIEWERS,
  recallDevices: VIEWERS,
  showRecipe: VIEWERS,
  listChecks: VIEWERS,
  readCheck: VIEWERS,
  listComparisons: VIEWERS,
  readComparison: VIEWERS,
  readScore: VIEWERS,
  trustStatus: VIEWERS,
  trustPublished: VIEWERS,
  listReleases: VIEWERS,
  listAliases: VIEWERS,
  readAliasHistory: VIEWERS,
  listAliasRequests: VIEWERS,
  putSite: OPERATORS,
  addDevice: OPERATORS,
  createRollout: OPERATORS,
  operateRollout: OPERATORS,
  importDataset: RELEASERS,
  importFromFleet: RELEASERS,
  startRun: RELEASERS,
  cancelRun: RELEASERS,
  reproduceRun: RELEASERS,
  applyRecipe: RELEASERS,
  checkRecipe: RELEASERS,
  compareVersions: RELEASERS,
  importModel: RELEASERS,
  cancelImport: RELEASERS,
  publishRelease: RELEASERS,
  releaseInDemo: RELEASERS,
  revokeInDemo: RELEASERS,
  downloadReleaseFile: RELEASERS,
  setAlias: RELEASERS,
  restoreAlias: RELEASERS,
  removeAlias: RELEASERS,
  approveAliasRequest: RELEASERS,
  rejectAliasRequest: RELEASERS,
  deleteVersion: RELEASERS,
  removeOrphans: RELEASERS,
  requestGateOverride: RELEASERS,
  decideGateOverride: RELEASERS,
  attestScore: RELEASERS,
  addDevices: ADMINS,
  revokeDevice: ADMINS,
  trustKeys: ADMINS,
  makeOnlineKey: ADMINS,
  publishTrust: ADMINS,
  initDemoTrust: ADMINS,
  rotateDemoKey: ADMINS,
  listUsers: ADMINS,
  addUser: ADMINS,
  inviteUser: ADMINS,
  changeRole: ADMINS,
  setDisabled: ADMINS,
  listAudit: ADMINS,
  protectAlias: ADMINS,
}

/** A request that a handler refuses because of its content: nothing changes whoever asks. */
function requestOf(operation: OperationId): Call {
  const route = ALL_ROUTES.find(({ operationId }) => operationId === operation)!
  const path = route.path.replaceAll(/\{\w+\}/g, 'nothing')
  const method = route.method.toUpperCase()
  if (method === 'DELETE') return { method, path }
  return method === 'GET' ? { path } : { method, path, headers: JSON_TYPE, body: '{"unknown":1}' }
}

let hub: RunningHub
const tokens = new Map<Asker, string>()
beforeAll(async () => {
  hub = await startTestHub()
  for (const role of ROLES) {
    await enterAs(hub, `the-${role}`, role)
    tokens.set(role, await tokenFor(hub, `the-${role}`, role))
  }
})
afterAll(() => hub.stop())

let asked = 0
/** Nobody comes from another address every time: there are more routes than an address may try without credentials. */
const ask = (call: Call, asker: Asker) => {
  const token = tokens.get(asker)
  const from =
    asker === 'nobody' ? `127.0.${1 + Math.floor(++asked / 200)}.${1 + (asked % 200)}` : '127.0.0.1'
  return hub.call({
    from,
    ...call,
    headers: { ...call.headers, ...(token === undefined ? {} : bearer(token)) },
  })
}

const CASES = (Object.keys(MAY) as OperationId[]).flatMap((operation) =>
  ASKERS.map((asker) => [operation, asker, MAY[operation].includes(asker)] as const),
)

describe('each role on each route', () => {
  test.each(CASES)('%s by %s: %s', async (operation, asker, isAllowed) => {
    const call = requestOf(operation)
    const { status, body } = await ask(call, asker)
    const denied = asker === 'nobody' ? 'access/notSignedIn' : 'access/forbidden'
    if (isAllowed) {
      expect(String(body['code'])).not.toMatch(/^access\/(notSignedIn|forbidden)$/)
      expect([401, 500]).not.toContain(status)
    } else expect([status, body['code']]).toEqual([asker === 'nobody' ? 401 : 403, denied])
  })
  test('the hub’s own table says the same', () => {
    for (const operation of Object.keys(MAY) as OperationId[]) {
      const [first] = MAY[operation]
      expect([operation, REQUIRED_ROLE[operation]]).toEqual([
        operation,
        first === 'nobody' ? 'public' : first,
      ])
    }
  })
})

describe('what is not in the table', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s of an unknown path is denied', async (method) => {
    const call = { method, path: '/api/v1/nowhere', headers: JSON_TYPE }
    expect((await ask(call, 'nobody')).status).toBe(401)
    expect((await ask(call, 'admin')).status).toBe(404)
  })
  test('another method on a known path is denied', async () => {
    const call = { method: 'DELETE', path: '/api/v1/users', headers: JSON_TYPE }
    expect((await ask(call, 'nobody')).status).toBe(401)
    expect((await ask(call, 'admin')).status).toBe(404)
  })
  test.each([
    '/api/v1/devices/',
    '/api//v1/devices',
    '/api/v1/%64evices',
    '/api/v1/../v1/devices',
    '/API/v1/devices',
  ])('another spelling, %s, gets nobody in', async (path) => {
    const { status, body } = await ask({ path }, 'nobody')
    expect([401, 404]).toContain(status)
    expect(body).not.toBeInstanceOf(Array)
  })
  test('every route that the hub describes has an operation id of its own', async () => {
    const { body } = await ask({ path: '/api/openapi.json' }, 'nobody')
    const described = Object.values(
      body['paths'] as Record<string, Record<string, { operationId?: string }>>,
    ).flatMap((path) => Object.values(path).map(({ operationId }) => operationId ?? 'none'))
    expect(new Set(described).size).toBe(described.length)
    expect(Object.keys(REQUIRED_ROLE)).toEqual(expect.arrayContaining(described))
  })
})
