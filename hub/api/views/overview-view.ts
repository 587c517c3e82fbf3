import { listRollouts } from '../../store/queries/rollouts.ts'
import { listEvents } from '../../store/queries/events.ts'
import { listRuns } from '../../store/queries/runs-and-versions.ts'
import { Rollout, rolloutResource } from '../../rollouts/rollout.ts'
import { HUB_VERSION } from '../../config/version.ts'
import type { ApiPorts } from '../api-ports.ts'
import type { DeviceResource } from '../resources/device.ts'
import type { EventResource, Overview } from '../resources/overview.ts'
import type { RolloutResource } from '../resources/rollout.ts'
import type { RolloutRow } from '../../store/queries/rollouts.ts'
import type { EventRow } from '../../store/queries/events.ts'
import { fleetView, newestReading } from './fleet-view.ts'
import { modelsView } from './models-view.ts'
import { runView } from './run-view.ts'

const EVENTS_SHOWN = 100

/** Everything the first page needs, in one answer. */
export async function overviewView(ports: ApiPorts): Promise<Overview> {
  const { store, config } = ports
  const trust = ports.trust.status()
  const devices = await fleetView(ports)
  const [rollouts, models, runs, events] = await Promise.all([
    listRollouts(store),
    modelsView(ports, devices),
    listRuns(store),
    listEvents(store, 0, EVENTS_SHOWN),
  ])
  return {
    hub: {
      version: HUB_VERSION,
      startedAt: ports.startedAt,
      fleetTime: newestReading(devices),
      eventLoopP99Ms: ports.eventLoopP99Ms(),
      rssMb: ports.rssMb(),
      isDemo: trust.state === 'demo',
      trust: { state: trust.state, expiring: trust.expiries.filter(({ warning }) => warning !== null) },
      dataLabel: config.dataLabel,
    },
    devices: [...devices],
    rollouts: rollouts.map(rolloutView),
    models,
    runs: runs.map(runView),
    telemetry: telemetryTotals(devices),
    events: events.map(eventView),
  }
}

/** The stored rollout, less what only the planner needs. */
export const rolloutView = (row: RolloutRow): RolloutResource => rolloutResource(Rollout.parse(row.body))

export const eventView = (row: EventRow): EventResource => ({
  ...row,
  source: row.source as EventResource['source'],
  severity: row.severity as EventResource['severity'],
})

export const telemetryTotals = (
  devices: readonly Pick<DeviceResource, 'telemetry'>[],
): Overview['telemetry'] =>
  devices.reduce(
    (sum, { telemetry }) => ({
      accepted: sum.accepted + telemetry.accepted,
      duplicates: sum.duplicates + telemetry.duplicates,
      rejected: sum.rejected + telemetry.rejected,
      lost: sum.lost + telemetry.lost,
    }),
    { accepted: 0, duplicates: 0, rejected: 0, lost: 0 },
  )
