/** What one reading adds to the daily profile of each channel. Pure. */
import { binOf } from '@fleetcast/shared/sketches/channel-profile.ts'
import {
  ReferenceProfile,
  edgesDigest,
  type ChannelReference,
} from '@fleetcast/shared/sketches/reference-profile.ts'
import type { ProfileRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { QualityFlag } from '@fleetcast/shared/quality/quality-control.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import { epochMsToUtcDay, type UtcDay } from '@fleetcast/shared/units.ts'
import { timeOf, type Axis } from '../readings/axis.ts'

export type ChannelEdges = { readonly edges: readonly number[]; readonly digest: Sha256 }
/** Edges by channel name: those of the best bundle at hand. */
export type ProfileEdges = ReadonlyMap<string, ChannelEdges>

export const NO_EDGES: ProfileEdges = new Map()

export const edgesOf = (profile: ReferenceProfile): ProfileEdges =>
  new Map(
    profile.channels.map((reference: ChannelReference) => [
      reference.channel,
      { edges: reference.edges, digest: edgesDigest(reference) },
    ]),
  )

const nothing = (channel: string, day: UtcDay, edges: ChannelEdges | undefined): ProfileRecord => ({
  kind: 'profile',
  channel,
  day,
  edges: edges?.digest ?? null,
  counts: edges ? Array.from({ length: edges.edges.length + 1 }, () => 0) : [],
  missing: 0,
  invalid: 0,
  n: 0,
  sum: 0,
  sumSquared: 0,
  min: null,
  max: null,
})

export type ProfiledReading = {
  readonly names: readonly string[]
  readonly flags: readonly QualityFlag[]
  readonly valid: readonly number[]
  readonly day: UtcDay
}

/** One record a channel. */
export const profileReading = (reading: ProfiledReading, edges: ProfileEdges): readonly ProfileRecord[] =>
  reading.names.map((channel, i) => {
    const known = edges.get(channel)
    const record = nothing(channel, reading.day, known)
    const flag = reading.flags[i]!
    if (flag === 'missing') return { ...record, missing: 1 }
    if (flag !== 'ok') return { ...record, invalid: 1 }
    const value = reading.valid[i]!
    if (known) record.counts[binOf(known.edges, value)]! += 1
    return { ...record, n: 1, sum: value, sumSquared: value * value, min: value, max: value }
  })

/** Intervals that no reading came for, counted as missing on their own days; bounded by the ring. */
export function profileGap(
  names: readonly string[],
  { axis, after, before, most }: { axis: Axis; after: number; before: number; most: number },
  edges: ProfileEdges,
): readonly ProfileRecord[] {
  const missingByDay = new Map<UtcDay, number>()
  for (let step = Math.max(after + 1, before - most); step < before; step++) {
    const day = epochMsToUtcDay(timeOf(axis, step))
    missingByDay.set(day, (missingByDay.get(day) ?? 0) + 1)
  }
  return [...missingByDay].flatMap(([day, missing]) =>
    names.map((channel) => ({ ...nothing(channel, day, edges.get(channel)), missing })),
  )
}
