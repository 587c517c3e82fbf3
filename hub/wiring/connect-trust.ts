/** Joins the hub's trust with its versions, its orders and its API. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { BUNDLE_FILE_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { targetPath } from '@fleetcast/shared/trust/model-target.ts'
import { hours } from '@fleetcast/shared/units.ts'
import type { StagedText } from '../ports/stage-folder.ts'
import type { ReleaseRequest, TrustOperations } from '../api/trust-operations.ts'
import { blockingGates, gatesPassed } from '../gates/blocking-gates.ts'
import { createBundleSource } from '../registry/bundle-source.ts'
import type { Change } from '../signing/assemble-publication.ts'
import { initDemo, releaseHere, rotateDemo } from '../signing/demo-trust.ts'
import { expiriesOf, warningOf, warningText } from '../signing/expiries.ts'
import { targetsOf } from '../signing/publication.ts'
import { openRoot, openTargets, orRefusal } from '../signing/read-staged.ts'
import {
  listedTargets,
  withRelease,
  withReleases,
  withRevocation,
  type NewRelease,
} from '../signing/release-list.ts'
import type { OnlineName } from '../signing/trust.ts'
import { appendEventOnce } from '../store/queries/events.ts'
import { listOverrides } from '../store/queries/gate-overrides.ts'
import { findVersion, listVersions, type VersionRow } from '../store/queries/runs-and-versions.ts'
import {
  endRevokedRollouts,
  publishChange,
  publishing,
  sendRenewedOrders,
  type PublishPorts,
} from './publish-trust.ts'
import { createReleaseStates, createTrustStatus, publishedTexts } from './trust-view.ts'

export type ConnectedTrust = {
  readonly operations: TrustOperations
  /** In demo trust the hub releases what it has registered; elsewhere this does nothing. */
  readonly releaseRegistered: () => Promise<void>
  readonly loop: (signal: AbortSignal) => Promise<void>
}

export function createTrustOperations(ports: PublishPorts): ConnectedTrust {
  const { trust, clock } = ports
  const demo = { files: ports.trustFiles, clock }
  const source = createBundleSource(ports)
  const releaseRegistered = () => releaseAllRegistered(ports)
  const statusAt = createTrustStatus(trust.publication)
  const operations: TrustOperations = {
    state: trust.state,
    status: () => statusAt(trust.state(), clock.now()),
    published: () => publishedTexts(trust.publication()),
    trustRoots: async () => firstRoots(ports),
    onlineKeys: () => onlineKeys(ports),
    newOnlineKey: trust.newOnlineKey,
    publish: (files) => publishStaged(ports, files),
    publishRelease: (text) => publishStaged(ports, [{ repository: 'image', file: 'targets.json', text }]),
    initDemo: async () => {
      const made = await publishing(ports, () => initDemo(trust, demo))
      if (made.ok) await releaseRegistered()
      return made
    },
    rotateDemo: (name) => publishing(ports, () => rotateDemo(trust, demo, name)),
    releaseHere: async (request) => {
      const version = await registered(ports, request)
      if (!version.ok) return version
      return publishing(ports, () =>
        releaseHere(trust, demo, (before, now) => withRelease(before, version.value, now)),
      )
    },
    revokeHere: (path, reason) =>
      publishing(ports, () =>
        releaseHere(trust, demo, (before, now) => withRevocation(before, { path, reason, now })),
      ),
    releaseState: createReleaseStates(trust.publication),
    bundleFile: async (digest) => (await source.read(digest, 0, BUNDLE_FILE_BYTES_MAX))?.bytes ?? null,
  }
  return { operations, releaseRegistered, loop: (signal) => renewLoop(ports, signal) }
}

function firstRoots({ trust }: PublishPorts) {
  const roots = trust.publication()?.roots
  const [directorRoot, imageRoot] = [roots?.director[0], roots?.image[0]]
  if (directorRoot === undefined || imageRoot === undefined) return null
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  return { directorRoot: text(directorRoot), imageRoot: text(imageRoot) }
}

/** What the first roots shall name. */
async function onlineKeys({ trust }: PublishPorts): Promise<Readonly<Record<OnlineName, string>>> {
  const publicPem = (name: OnlineName): string =>
    trust.held().find((key) => key.name === name && key.slot === 'live')!.publicPem
  return { 'image-online': publicPem('image-online'), 'director-online': publicPem('director-online') }
}

/** Files as people have signed them; which roles they may replace is decided by their thresholds. */
async function publishStaged(
  ports: PublishPorts,
  files: readonly StagedText[],
): Promise<Result<void, Refusal>> {
  const change = await orRefusal<Change>(() => {
    const text = (repository: string, kind: string): string | undefined =>
      files.find((file) => file.repository === repository && file.file.endsWith(`${kind}.json`))?.text
    const [image, director] = [text('image', 'root'), text('director', 'root')]
    const targets = text('image', 'targets')
    return {
      roots: {
        ...(image === undefined ? {} : { image: openRoot('image', image) }),
        ...(director === undefined ? {} : { director: openRoot('director', director) }),
      },
      ...(targets === undefined ? {} : { targets: openTargets(targets) }),
    }
  })
  return change.ok ? publishChange(ports, change.value) : change
}

const newRelease = ({
  recipe,
  version,
  digest,
  manifest,
}: VersionRow): Omit<NewRelease, 'epoch' | 'hardware'> => ({
  recipe,
  version,
  digest: BundleDigest.parse(digest),
  length: canonicalJson(manifest).length,
})

async function registered(
  { store }: PublishPorts,
  { recipe, version, epoch, hardware }: ReleaseRequest,
): Promise<Result<NewRelease, Refusal<'version/notFound' | 'gates/failed'>>> {
  const row = await findVersion(store, recipe, version)
  if (row === undefined)
    return refuse(
      'version/notFound',
      `${targetPath(recipe, version)} is not registered; "fleetcast models list" shows what is`,
    )
  const passed = await gatesPassed(store, row)
  return passed.ok ? ok({ ...newRelease(row), epoch, hardware }) : passed
}

const ANY_HARDWARE = ['*']

async function releaseAllRegistered(ports: PublishPorts): Promise<void> {
  const { trust, clock, store, log } = ports
  const publication = trust.publication()
  if (publication === null || trust.state() !== 'demo') return
  const listed = listedTargets(targetsOf(publication).signed)
  const overrides = await listOverrides(store)
  const missing = (await listVersions(store)).filter(
    (row) => !listed.has(BundleDigest.parse(row.digest)) && blockingGates(row, overrides).length === 0,
  )
  if (missing.length === 0) return
  const releases = missing.map((row) => ({ ...newRelease(row), epoch: 1, hardware: ANY_HARDWARE }))
  const released = await publishing(ports, () =>
    releaseHere(trust, { clock }, (before, now) => ok(withReleases(before, releases, now))),
  )
  if (!released.ok) log.error({ code: released.error.code }, `not released: ${released.error.message}`)
}

const LOOK_EVERY = hours(1)

/** Keeps online signatures and orders fresh, and tells people in time of what only they can sign. */
async function renewLoop(ports: PublishPorts, signal: AbortSignal): Promise<void> {
  const { trust, clock, log } = ports
  while (!signal.aborted) {
    try {
      await releaseAllRegistered(ports)
      const renewed = await trust.renew()
      if (!renewed.ok) log.error({ code: renewed.error.code }, `not renewed: ${renewed.error.message}`)
      await sendRenewedOrders(ports)
      // Also what a publication could not do any more before the hub went down.
      const publication = trust.publication()
      if (publication !== null) await endRevokedRollouts(ports, publication)
      await warnOfExpiry(ports)
    } catch (cause) {
      log.error({ cause }, 'metadata could not be renewed; the next look tries again')
    }
    await clock.sleep(LOOK_EVERY, signal)
  }
}

async function warnOfExpiry({ trust, clock, store, changes }: PublishPorts): Promise<void> {
  const publication = trust.publication()
  const now = clock.now()
  for (const expiry of publication === null ? [] : expiriesOf(publication)) {
    const days = warningOf(expiry, now)
    if (days === null) continue
    const isNew = await appendEventOnce(store, {
      ...{ at: now, eventTime: null, source: 'hub', subject: expiry.name, code: 'trust/expires' },
      ...{ severity: days === 90 ? 'warning' : 'error', message: warningText(expiry, days) },
    })
    if (isNew) changes.announce('events')
  }
}
