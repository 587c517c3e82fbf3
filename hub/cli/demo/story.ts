/**
 * The main job, told through the hub's public API alone: history -> dataset -> version 1 -> fleet -> its rollout ->
 * version 2 -> its rollout. Every step looks first whether it was done already, so a second start resumes.
 */
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms, seconds } from '@fleetcast/shared/units.ts'
import type { DatasetResource } from '../../api/resources/dataset.ts'
import type { DeviceResource } from '../../api/resources/device.ts'
import type { RunResource } from '../../api/resources/run.ts'
import type { RolloutResource } from '../../api/resources/rollout.ts'
import type { TrustStatus } from '../../api/resources/trust.ts'
import type { Api } from '../../ports/api.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ProgressDisplay } from '../../ports/progress-display.ts'
import { datasetText } from '../dataset-text.ts'
import { rolloutText } from '../rollout-commands.ts'
import type { DemoPlan } from './demo-plan.ts'
import type { SitePosition } from './known-sites.ts'

export type StoryPorts = {
  readonly api: Api
  readonly clock: Clock
  readonly display: ProgressDisplay
  /** Starts the stations with their join strings; the world begins to move. */
  readonly startFleet: (stations: readonly FleetStation[]) => Promise<Result<void, Refusal>>
  /** A reason when the story cannot go on: a program gave up, or the replayed year is over. */
  readonly blocked: () => Refusal | null
}

export type FleetStation = { readonly device: string; readonly joinString: string | null }

export type StoryInput = {
  readonly plan: DemoPlan
  readonly sites: readonly SitePosition[]
  readonly historyFile: string
  readonly recipe: string
}

export const DATASET_NAME = 'history'

/** Plays the story; resolves when the second rollout has its verdict. */
export async function playStory(ports: StoryPorts, input: StoryInput): Promise<Result<void, Refusal>> {
  const { plan, recipe } = input
  const trusted = await ensureDemoTrust(ports)
  if (!trusted.ok) return trusted
  const dataset = await ensureDataset(ports, input)
  if (!dataset.ok) return dataset
  const selection = { dataset: dataset.value.digest, recipe }
  const first = await ensureVersion(ports, 1, {
    ...selection,
    stations: plan.first.stations,
    until: plan.first.until,
  })
  if (!first.ok) return first
  const fleet = await ensureFleet(ports, input)
  if (!fleet.ok) return fleet
  const enrolled = await allEnrolled(ports, input)
  if (!enrolled.ok) return enrolled
  const firstRollout = await ensureRollout(ports, recipe, 1)
  if (!firstRollout.ok) return firstRollout
  // Version 2 is trained while version 1 proves itself; nothing waits for it but its own rollout.
  const [second, firstVerdict] = await Promise.all([
    ensureVersion(ports, 2, { ...selection, until: plan.replayFrom }),
    followRollout(ports, firstRollout.value.id),
  ])
  if (!firstVerdict.ok) return firstVerdict
  if (!second.ok) return second
  const secondRollout = await ensureRollout(ports, recipe, 2)
  if (!secondRollout.ok) return secondRollout
  const secondVerdict = await followRollout(ports, secondRollout.value.id)
  if (!secondVerdict.ok) return secondVerdict
  if (secondVerdict.value.state === 'completed') return ok(undefined)
  return refuse(
    'demo/secondStopped',
    `version 2 did not become champion everywhere: ${secondVerdict.value.reason}`,
  )
}

/** In production people hold a ceremony; here the hub makes all keys itself, and says so wherever they are shown. */
async function ensureDemoTrust({ api, display }: StoryPorts): Promise<Result<void, Refusal>> {
  const status = await api.get<TrustStatus>('/api/v1/trust/status')
  if (!status.ok || status.value.state !== 'none') return status.ok ? ok(undefined) : status
  const made = await api.post<TrustStatus>('/api/v1/trust/demo', {})
  if (!made.ok) return made
  display.line('demo trust: all signing keys lie on this hub; docs/ceremony.md is how it is done in earnest')
  return ok(undefined)
}

async function ensureDataset(
  { api, display }: StoryPorts,
  input: StoryInput,
): Promise<Result<DatasetResource, Refusal>> {
  const known = await api.get<DatasetResource[]>('/api/v1/datasets')
  if (!known.ok) return known
  const existing = known.value.find((dataset) => dataset.name === DATASET_NAME)
  if (existing !== undefined) return ok(existing)
  for (const { id, latitude, longitude } of input.sites) {
    const site = await api.put(`/api/v1/sites/${id}`, { latitude, longitude })
    if (!site.ok) return site
  }
  const query = new URLSearchParams({
    recipe: input.recipe,
    name: DATASET_NAME,
    until: input.plan.replayFrom,
  })
  const title = 'importing history'
  const dataset = await api.upload<DatasetResource>(
    `/api/v1/datasets?${query}`,
    input.historyFile,
    (fraction) => display.bar(title, fraction, ''),
  )
  display.finish(title)
  if (dataset.ok) display.line(datasetText(dataset.value))
  return dataset
}

type RunRequest = {
  readonly dataset: string
  readonly recipe: string
  readonly stations?: readonly string[]
  readonly until: string
}

async function ensureVersion(
  ports: StoryPorts,
  version: number,
  request: RunRequest,
): Promise<Result<void, Refusal>> {
  const { api, clock, display } = ports
  const runs = await api.get<RunResource[]>('/api/v1/runs')
  if (!runs.ok) return runs
  if (runs.value.some((run) => run.version === version)) return ok(undefined)
  const running = runs.value.find(
    ({ kind, state }) => kind === 'train' && (state === 'queued' || state === 'running'),
  )
  const started = running === undefined ? await api.post<RunResource>('/api/v1/runs', request) : ok(running)
  if (!started.ok) return started
  const title = `training version ${version}`
  for (;;) {
    const run = await patiently(ports, () => api.get<RunResource>(`/api/v1/runs/${started.value.id}`))
    if (!run.ok) return run
    display.bar(title, run.value.fraction, run.value.message)
    if (run.value.state === 'succeeded') break
    const blocked = ports.blocked()
    if (blocked !== null) return err(blocked)
    if (run.value.state === 'failed' || run.value.state === 'cancelled')
      return refuse('demo/trainingFailed', run.value.message)
    await clock.sleep(ms(250))
  }
  display.finish(title)
  return ok(undefined)
}

async function ensureFleet(ports: StoryPorts, { plan, recipe }: StoryInput): Promise<Result<void, Refusal>> {
  const known = await ports.api.get<DeviceResource[]>('/api/v1/devices')
  if (!known.ok) return known
  const stations: FleetStation[] = []
  for (const id of plan.fleet) {
    if (known.value.some((device) => device.id === id && device.isEnrolled)) {
      stations.push({ device: id, joinString: null })
      continue
    }
    const added = await ports.api.post<{ joinString: string }>('/api/v1/devices', { id, site: id, recipe })
    if (!added.ok) return added
    stations.push({ device: id, joinString: added.value.joinString })
  }
  return ports.startFleet(stations)
}

async function ensureRollout(
  { api }: StoryPorts,
  recipe: string,
  version: number,
): Promise<Result<RolloutResource, Refusal>> {
  const known = await api.get<RolloutResource[]>('/api/v1/rollouts')
  if (!known.ok) return known
  const existing = known.value.find((rollout) => rollout.version === version)
  return existing === undefined
    ? api.post<RolloutResource>('/api/v1/rollouts', { recipe, version })
    : ok(existing)
}

/** Stations enrol when the fleet starts; a rollout takes in those that are there. */
async function allEnrolled(ports: StoryPorts, { plan }: StoryInput): Promise<Result<void, Refusal>> {
  for (;;) {
    const devices = await patiently(ports, () => ports.api.get<DeviceResource[]>('/api/v1/devices'))
    if (!devices.ok) return devices
    const enrolled = devices.value.filter((device) => device.isEnrolled).length
    if (enrolled >= plan.fleet.length) return ok(undefined)
    const blocked = ports.blocked()
    if (blocked !== null) return err(blocked)
    await ports.clock.sleep(ms(200))
  }
}

const UNDECIDED: readonly RolloutResource['state'][] = ['running', 'soaking', 'rollingBack']

async function followRollout(ports: StoryPorts, id: string): Promise<Result<RolloutResource, Refusal>> {
  for (;;) {
    const rollout = await patiently(ports, () => ports.api.get<RolloutResource>(`/api/v1/rollouts/${id}`))
    if (!rollout.ok) return rollout
    if (!UNDECIDED.includes(rollout.value.state)) {
      ports.display.line(rolloutText(rollout.value))
      return rollout
    }
    const blocked = ports.blocked()
    if (blocked !== null) return err(blocked)
    await ports.clock.sleep(ms(500))
  }
}

/** A hub that is being started again is no reason to give up: asks for a while. */
async function patiently<T>(
  ports: StoryPorts,
  ask: () => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const deadline = ports.clock.monotonic() + seconds(60)
  for (;;) {
    const result = await ask()
    const isAway = !result.ok && result.error.code === 'api/unreachable'
    if (!isAway || ports.clock.monotonic() > deadline) return result
    const blocked = ports.blocked()
    if (blocked !== null) return err(blocked)
    await ports.clock.sleep(ms(500))
  }
}
