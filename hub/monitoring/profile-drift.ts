/** A station's channel days against the training data: how far (W1) and in which shape (PSI). Shown, not alarmed on. */
import { psi, psiWithoutDrift, shares } from '@fleetcast/shared/sketches/distances.ts'
import {
  edgesDigest,
  type ChannelReference,
  type ReferenceProfile,
} from '@fleetcast/shared/sketches/reference-profile.ts'
import { wasserstein1 } from '@fleetcast/shared/sketches/wasserstein.ts'

/** One channel's day as it is stored: increments of the same edges added up. */
export type ProfileDay = {
  readonly channel: string
  readonly day: string
  /** Digest of the edges; null or empty before a bundle brought any. */
  readonly edges: string | null
  readonly counts: readonly number[]
  readonly missing: number
  readonly invalid: number
  readonly n: number
  readonly sum: number
  readonly min: number | null
  readonly max: number | null
}

/** Structurally the API's ChannelProfileDay. */
export type ChannelProfileDay = {
  channel: string
  unit: string
  day: string
  n: number
  missing: number
  invalid: number
  mean: number | null
  min: number | null
  max: number | null
  edges: number[]
  counts: number[]
  referenceShares: number[]
  w1: number | null
  w1Sigma: number | null
  psi: number | null
}

/** A quarter of a day of hourly readings: fewer say nothing about a day. */
const READINGS_MIN = 6

/** Every stored channel day beside its reference; distances are null when it has other edges or fewer than 6 readings. */
export function profileDrift(rows: readonly ProfileDay[], reference: ReferenceProfile): ChannelProfileDay[] {
  const known = new Map(
    reference.channels.map((channel) => [channel.channel, { channel, digest: edgesDigest(channel) }]),
  )
  return rows.map((row) => {
    const match = known.get(row.channel)
    const isSameEdges = match !== undefined && match.digest === row.edges
    return {
      ...plainDay(row, match?.channel.unit ?? ''),
      ...(isSameEdges ? comparedDay(row, match.channel) : NOTHING_TO_COMPARE),
    }
  })
}

type Compared = Pick<ChannelProfileDay, 'edges' | 'referenceShares' | 'w1' | 'w1Sigma' | 'psi'>

const NOTHING_TO_COMPARE: Compared = { edges: [], referenceShares: [], w1: null, w1Sigma: null, psi: null }

const plainDay = (row: ProfileDay, unit: string) => ({
  channel: row.channel,
  unit,
  day: row.day,
  n: row.n,
  missing: row.missing,
  invalid: row.invalid,
  mean: row.n === 0 ? null : row.sum / row.n,
  min: row.min,
  max: row.max,
  counts: [...row.counts],
})

function comparedDay(row: ProfileDay, reference: ChannelReference): Compared {
  const bins = { edges: [...reference.edges], referenceShares: [...shares(reference.counts)] }
  if (row.n < READINGS_MIN || row.counts.length !== reference.counts.length)
    return { ...NOTHING_TO_COMPARE, ...bins }
  const { value } = wasserstein1(reference, row)
  // Less what chance alone gives a day in so many bins, so that no drift reads 0 and not 0.4.
  const excess = psi(reference.counts, row.counts).value - psiWithoutDrift(reference.counts, row.n)
  return {
    ...bins,
    w1: value,
    w1Sigma: reference.standardDeviation > 0 ? value / reference.standardDeviation : null,
    psi: Math.max(0, excess),
  }
}
