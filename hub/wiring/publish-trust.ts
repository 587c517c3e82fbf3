/** Publishes and carries the consequences: events, orders under a new key, and the end of rollouts of a revoked version. */
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { appendAudit } from '../access/append-audit.ts'
import { addresses, encodeHint, type PublishWant } from '../desired/order-devices.ts'
import { renewOrders } from '../desired/director-files.ts'
import { gatesPassed } from '../gates/blocking-gates.ts'
import type { Change } from '../signing/assemble-publication.ts'
import { listChanges, releaseText, type ListChange } from '../signing/list-changes.ts'
import { rootOf, targetsOf, type Publication } from '../signing/publication.ts'
import { orderableTargets } from '../signing/release-list.ts'
import type { Trust } from '../signing/trust.ts'
import { appendEvents, type NewEvent } from '../store/queries/events.ts'
import { listRollouts } from '../store/queries/rollouts.ts'
import { findVersionByDigest } from '../store/queries/runs-and-versions.ts'
import type { HubPorts } from './hub-ports.ts'
import type { Rollouts } from './connect-rollouts.ts'

export type PublishPorts = HubPorts & {
  readonly trust: Trust
  readonly publishWant: PublishWant
  readonly operateRollout: Rollouts['operate']
}

/** Whatever publishes goes through here, so that nothing is published without its consequences. */
export async function publishing(
  ports: PublishPorts,
  publish: () => Promise<Result<void, Refusal>>,
): Promise<Result<void, Refusal>> {
  const before = ports.trust.publication()
  const published = await publish()
  const after = ports.trust.publication()
  if (!published.ok || after === null) return published
  await tell(ports, before, after)
  await sendRenewedOrders(ports)
  await endRevokedRollouts(ports, after)
  return published
}

/** Whoever signed the list: the hub publishes no version that did not pass its gates. */
export async function publishChange(ports: PublishPorts, change: Change): Promise<Result<void, Refusal>> {
  const passed = await newReleasesPassed(ports, change)
  return passed.ok ? publishing(ports, () => ports.trust.publish(change)) : passed
}

/** Entries that stand in the published list already are not judged again. */
async function newReleasesPassed(
  { store, trust }: PublishPorts,
  { targets }: Change,
): Promise<Result<void, Refusal>> {
  if (targets === undefined) return ok(undefined)
  const before = trust.publication()
  const listed = before === null ? new Map() : orderableTargets(targetsOf(before).signed)
  for (const digest of orderableTargets(targets.signed).keys()) {
    const version = listed.has(digest) ? undefined : await findVersionByDigest(store, digest)
    const passed = version === undefined ? ok(undefined) : await gatesPassed(store, version)
    if (!passed.ok) return passed
  }
  return ok(undefined)
}

type Told = Pick<NewEvent, 'subject' | 'code' | 'severity' | 'message'>

async function tell({ store, clock, changes }: PublishPorts, before: Publication | null, after: Publication) {
  const list = listChanges(before === null ? null : targetsOf(before).signed, targetsOf(after).signed)
  const told = [...rootEvents(before, after), ...list.map(listEvent)]
  const at = clock.now()
  if (told.length === 0) return
  await store.tx(async (db) => {
    await appendEvents(
      db,
      store,
      told.map((event) => ({ ...event, at, eventTime: null, source: 'hub' })),
    )
    const details = told.map(({ code, subject, message }) => ({ code, subject, message }))
    await appendAudit(db, store, { at, actor: 'hub', action: 'publish', subject: 'signed metadata', details })
  })
  changes.announce('models', 'events')
}

function rootEvents(before: Publication | null, after: Publication): readonly Told[] {
  return (['image', 'director'] as const).flatMap((repository) => {
    const { version } = rootOf(after, repository).signed
    if (before !== null && rootOf(before, repository).signed.version === version) return []
    const message = `root ${version} of the ${repository} repository is published`
    return [{ subject: repository, code: 'trust/rootPublished', severity: 'warning', message }]
  })
}

const listEvent = ({ kind, release }: ListChange): Told => ({
  subject: release.path,
  code: `release/${kind}`,
  severity: kind === 'revoked' || kind === 'removed' ? 'warning' : 'info',
  message: `${kind}: ${releaseText(release)}`,
})

/** Signs due orders anew and tells their devices. */
export async function sendRenewedOrders(ports: PublishPorts): Promise<void> {
  const renewed = await renewOrders(ports)
  if (renewed.length === 0) return
  const addressByDevice = await addresses(ports.store)
  for (const row of renewed) {
    const address = addressByDevice.get(row.device)
    if (address !== undefined) ports.publishWant(address, encodeHint(row))
  }
}

/** Nobody new is exposed to a revoked version; who serves it keeps it and says so, until it is rolled back. */
export async function endRevokedRollouts(ports: PublishPorts, publication: Publication): Promise<void> {
  const { store, log, operateRollout } = ports
  const { targets } = targetsOf(publication).signed
  for (const { id, recipe, version, state } of await listRollouts(store)) {
    const custom = targets[`${recipe}/${version}`]?.custom
    if (!['running', 'soaking', 'paused'].includes(state) || custom?.['revoked'] === undefined) continue
    const reason = `the release key has revoked the version: ${String(custom['revoked'])}`
    const ended = await operateRollout(id, 'abort', reason)
    if (!ended.ok) log.warn({ rollout: id, code: ended.error.code }, 'a rollout of a revoked version goes on')
  }
}
