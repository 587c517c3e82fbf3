/**
 * A fleet that obeys orders day by day, with seeded habits: devices that go silent for a while, report late, reject the
 * version or give it up, join late. Evidence comes from each device's true difference to persistence.
 */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import { addMs, epochMs } from '@fleetcast/shared/units.ts'
import type { EvidenceDay } from '@fleetcast/hub/rollouts/evidence-day.ts'
import type { DesiredOrder, DeviceView, Plan, PlanInput } from '@fleetcast/hub/rollouts/plan.ts'
import type { Rollout } from '@fleetcast/hub/rollouts/rollout.ts'
import { evidenceDay, id, NOW, VERSION } from './rollout-fixtures.ts'

export type Habits = {
  /** True relative difference to persistence; the spread of one day. */
  readonly mean: number
  readonly sd: number
  /** Chance a day that the device goes silent, for up to ten days. */
  readonly silence: number
  /** Chance a day that it refuses the version, or gives it up once it serves it. */
  readonly fault: number
}

type Device = {
  readonly habits: Habits
  readonly random: Random
  order: DesiredOrder
  generation: number
  reported: DeviceView
  silentDays: number
  servedDays: number
  isBroken: boolean
}

export type SimulatedFleet = {
  readonly devices: () => DeviceView[]
  readonly evidence: () => EvidenceDay[]
  readonly obey: (orders: readonly DesiredOrder[]) => void
  /** Lives one day. */
  readonly live: () => void
  readonly join: (device: string, habits: Habits) => void
}

export function simulateFleet(
  seed: number,
  habitsByDevice: Readonly<Record<string, Habits>>,
  championByDevice: Readonly<Record<string, BundleDigest>> = {},
): SimulatedFleet {
  const root = createRandom(seed)
  const fleet = new Map<string, Device>()
  const evidence: EvidenceDay[] = []
  let today = 0
  const join = (name: string, habits: Habits): void => {
    const champion = championByDevice[name] ?? null
    fleet.set(name, newDevice(name, habits, { champion, random: root.fork(name) }))
  }
  for (const [name, habits] of Object.entries(habitsByDevice)) join(name, habits)
  return {
    devices: () => [...fleet.values()].map(viewOf),
    evidence: () => evidence,
    obey: (orders) => {
      for (const order of orders) {
        const device = fleet.get(order.device)!
        if (JSON.stringify(order) === JSON.stringify(device.order)) continue
        device.order = order
        device.generation += 1
      }
    },
    live: () => {
      for (const [name, device] of fleet) evidence.push(...liveDay(name, device, today))
      today += 1
    },
    join,
  }
}

function newDevice(
  name: string,
  habits: Habits,
  { champion, random }: { champion: BundleDigest | null; random: Random },
): Device {
  return {
    habits,
    random,
    order: { device: id(name), champion, candidate: null, prefetch: [] },
    generation: 1,
    silentDays: 0,
    servedDays: 0,
    isBroken: false,
    reported: {
      device: id(name),
      site: name,
      serving: champion,
      servingState: champion === null ? 'baseline' : 'committed',
      candidate: null,
      candidateState: 'none',
      bundles: [],
      isReachable: true,
      generation: 1,
      wantedGeneration: 1,
      wantedChampion: champion,
      lastReadingAt: null,
      servedDaysOfVersion: 0,
    },
  }
}

const viewOf = (device: Device): DeviceView => ({
  ...device.reported,
  isReachable: device.silentDays === 0,
  wantedGeneration: device.generation,
  wantedChampion: device.order.champion,
})

function liveDay(name: string, device: Device, today: number): EvidenceDay[] {
  const { habits, random, order } = device
  if (device.silentDays > 0) device.silentDays -= 1
  else if (random.next() < habits.silence) device.silentDays = 1 + random.integer(10)
  if (device.silentDays > 0) return []
  const isTrying = order.candidate === VERSION || order.champion === VERSION
  if (isTrying && random.next() < habits.fault) device.isBroken = true
  const wanted = device.isBroken && order.champion === VERSION ? null : order.champion
  const before = device.reported
  const servingState = wanted === null ? 'baseline' : wanted === before.serving ? 'committed' : 'trial'
  if (wanted === VERSION) device.servedDays += 1
  device.reported = {
    ...before,
    serving: wanted,
    servingState,
    candidate: order.candidate,
    candidateState: order.candidate === null ? 'none' : 'shadowing',
    generation: device.generation,
    servedDaysOfVersion: device.servedDays,
    // Half of the broken ones say so, the others only fall back.
    bundles:
      device.isBroken && name.length % 2 === 0
        ? [{ digest: VERSION, state: 'rejected', progress: 1, code: 'inference/nonFinite', message: 'NaN' }]
        : [],
  }
  if (!isTrying || device.isBroken) return []
  const relative = habits.mean + habits.sd * random.normal()
  const rows = [evidenceDay(name, today, relative)]
  const champion = before.serving
  if (champion !== null && champion !== VERSION)
    rows.push(evidenceDay(name, today, relative + 0.02, { reference: champion }))
  return rows
}

export type Tick = { readonly before: Rollout; readonly plan: Plan; readonly devices: readonly DeviceView[] }

/** Runs the planner once a day until the rollout rests, or the days are over. */
export function runRollout(
  first: Rollout,
  fleet: SimulatedFleet,
  {
    plan,
    days,
    onTick,
    intervene,
  }: {
    plan: (input: PlanInput) => Plan
    days: number
    onTick: (tick: Tick) => void
    /** An operator's or the world's own doing on that day; returns the rollout to go on with. */
    intervene?: (rollout: Rollout, day: number) => Rollout
  },
): Rollout {
  let rollout = first
  for (let day = 0; day < days; day++) {
    rollout = intervene?.(rollout, day) ?? rollout
    const devices = fleet.devices()
    const planned = plan({ rollout, devices, evidence: fleet.evidence(), now: addMs(epochMs(NOW), day) })
    onTick({ before: rollout, plan: planned, devices })
    rollout = planned.rollout
    fleet.obey(planned.desired)
    if (['completed', 'aborted', 'rolledBack'].includes(rollout.state)) break
    fleet.live()
  }
  return rollout
}
