/**
 * Faults over a source, in the order given. Chance depends on seed, device, fault and instant alone, so a station that
 * was killed and resumes meets the same faults again.
 */
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import { addMs, epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { isActive, type Fault } from './fault.ts'
import type { ChannelValues, ReadingSource } from './reading-source.ts'

export type FaultyInput = {
  readonly source: ReadingSource
  /** Read at every instant: faults may be added while the world runs. */
  readonly faultsOf: (device: string) => readonly Fault[]
  readonly seed: number
  readonly cadenceMs: number
}

export function createFaultySource({ source, faultsOf, seed, cadenceMs }: FaultyInput): ReadingSource {
  const random = createRandom(seed)
  return {
    readingAt: (device, at) => {
      let values = source.readingAt(device, at)
      for (const [i, fault] of faultsOf(device).entries()) {
        if (values === null) return null
        if (!isActive(fault, at)) continue
        const chance = random.fork(`${device}/${i}/${fault.kind}/${at}`)
        values = applyFault(values, fault, {
          chance,
          held: (channel) => heldValue({ source, device, cadenceMs }, channel, fault),
        })
      }
      return values
    },
  }
}

type FaultContext = { readonly chance: Random; readonly held: (channel: string) => number | null }

function applyFault(
  values: ChannelValues,
  fault: Fault,
  { chance, held }: FaultContext,
): ChannelValues | null {
  switch (fault.kind) {
    case 'silent':
      return values
    case 'dead':
      return { ...values, [fault.channel]: null }
    case 'stuck':
      return { ...values, [fault.channel]: held(fault.channel) }
    case 'offset':
      return changed(values, fault.channel, (value) => value + fault.by)
    case 'spikes':
      return chance.next() >= fault.share
        ? values
        : changed(values, fault.channel, (value) => value + (chance.next() < 0.5 ? -fault.size : fault.size))
    case 'dropouts':
      return chance.next() < fault.share ? null : values
  }
}

function changed(values: ChannelValues, channel: string, change: (value: number) => number): ChannelValues {
  const value = values[channel]
  return value === null || value === undefined ? values : { ...values, [channel]: change(value) }
}

/** How far back a stuck sensor's last value is looked for. */
const HELD_STEPS_MAX = 240

type Held = { readonly source: ReadingSource; readonly device: string; readonly cadenceMs: number }

/** The last value before the fault began, or the first one after it. */
function heldValue({ source, device, cadenceMs }: Held, channel: string, fault: Fault): number | null {
  if (fault.from === undefined) return null
  const from = epochMs(Math.ceil(Date.parse(fault.from) / cadenceMs) * cadenceMs)
  const valueAt = (at: EpochMs): number | null => source.readingAt(device, at)?.[channel] ?? null
  for (let k = 1; k <= HELD_STEPS_MAX; k++) {
    const value = valueAt(addMs(from, -k * cadenceMs))
    if (value !== null) return value
  }
  for (let k = 0; k < HELD_STEPS_MAX; k++) {
    const value = valueAt(addMs(from, k * cadenceMs))
    if (value !== null) return value
  }
  return null
}
