/**
 * No part may be worse than its reference beyond doubt. Many parts are looked at, so the doubt is shared out (Holm 1979): the
 * chance that one of them fails by luck alone stays below 1 - confidence. The reference is the champion; without one, persistence.
 */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { boundsOf, tailAbove } from '@fleetcast/shared/statistics/day-mean.ts'
import { pairedDifference, type PairedDifference } from '../evaluation/paired-difference.ts'
import { slicesOf, type SliceKind } from '../evaluation/slices.ts'
import { extremesOf } from './extremes.ts'
import { judged, notTestable, percent } from './gate-entry.ts'
import type { GateEntry, GateName } from './gate-report.ts'
import type { GateRows } from './gate-rows.ts'

type Slice = {
  readonly gate: Extract<GateName, 'slices' | 'extremes'>
  readonly name: string
  readonly rows: readonly number[]
}
type Measured = { readonly slice: Slice; readonly reference: string; readonly found: PairedDifference }

export function judgeSlices(policy: GatePolicy, rows: GateRows): readonly GateEntry[] {
  const measured = partsOf(policy, rows).map((slice) => measure(policy, rows, slice))
  const isTestable = ({ found }: Measured): boolean => found.days >= policy.sliceDaysMin
  const tested = judgeFamily(policy, measured.filter(isTestable))
  const short = measured.filter((one) => !isTestable(one)).map((one) => tooShort(policy, one))
  return (['slices', 'extremes'] as const).flatMap((gate) => {
    const own = tested.filter((entry) => entry.gate === gate)
    const left = short.filter((entry) => entry.gate === gate)
    if (own.length + left.length === 0) return [notTestable(gate, 'there are no such rows')]
    return [overall(gate, own, left), ...own, ...left]
  })
}

/** As reports have called them from the first one on. */
const KIND: Record<SliceKind, string> = { station: 'site', season: 'season', hours: 'hours' }

function partsOf({ extremeShare }: GatePolicy, gateRows: GateRows): readonly Slice[] {
  const { sites, siteIndex, timeSeconds, horizonSeconds, isTruthOrdered } = gateRows
  const rows = Int32Array.from(timeSeconds.keys())
  const samples = { seriesIndex: siteIndex, timeSeconds }
  const parts = slicesOf({ series: sites, samples, rows, horizonSeconds })
  return [
    ...parts.map(({ kind, name, rows: own }) => ({
      gate: 'slices' as const,
      name: `${KIND[kind]} ${name}`,
      rows: own,
    })),
    ...(isTruthOrdered ? extremesOf(gateRows, extremeShare) : []).map((part) => ({
      gate: 'extremes' as const,
      ...part,
    })),
  ]
}

/** The champion where it can be compared on enough days, else persistence. */
function measure({ sliceDaysMin }: GatePolicy, rows: GateRows, slice: Slice): Measured {
  const { timeSeconds, loss, championLoss, persistenceLoss } = rows
  const compare = (lossB: Float32Array, of: readonly number[]): PairedDifference =>
    pairedDifference({ lossA: loss, lossB, timeSeconds, rows: of })
  if (championLoss !== null) {
    const unseen = slice.rows.filter((row) => !Number.isNaN(championLoss[row]!))
    const found = compare(championLoss, unseen)
    if (found.days >= sliceDaysMin) return { slice, reference: 'the champion', found }
  }
  return { slice, reference: 'persistence', found: compare(persistenceLoss, slice.rows) }
}

/** Holm: the most suspicious slice is judged by the strictest bound, each next one by a milder, until one is cleared. */
function judgeFamily(policy: GatePolicy, family: readonly Measured[]): readonly GateEntry[] {
  const limitOf = ({ slice }: Measured): number =>
    slice.gate === 'extremes' ? policy.extremesWorseMax : policy.sliceWorseMax
  const suspicion = (one: Measured): number => tailAbove(one.found.relative, limitOf(one))
  const order = family.toSorted((a, b) => suspicion(a) - suspicion(b))
  let isCleared = false
  const entries = new Map(
    order.map((one, i) => {
      const { found, slice, reference } = one
      const { mean } = found.relative
      const { lower, upper } = boundsOf(found.relative, 1 - (1 - policy.confidence) / (order.length - i))
      isCleared ||= lower <= limitOf(one)
      const entry = judged({
        ...{ gate: slice.gate, slice: slice.name, value: mean, limit: limitOf(one) },
        ...{ lower, upper, n: found.n, days: found.days },
        isPassed: isCleared,
        message: `loss ${percent(mean)} beside ${reference}, at least ${percent(lower)} (Holm); fails above ${percent(limitOf(one))}`,
      })
      return [slice.name, entry]
    }),
  )
  return family.map(({ slice }) => entries.get(slice.name)!)
}

const tooShort = ({ sliceDaysMin }: GatePolicy, { slice, found }: Measured): GateEntry =>
  notTestable(slice.gate, `${found.days} days, ${sliceDaysMin} are needed`, {
    slice: slice.name,
    n: found.n,
    days: found.days,
  })

function overall(gate: Slice['gate'], tested: readonly GateEntry[], short: readonly GateEntry[]): GateEntry {
  const bad = tested.filter(({ verdict }) => verdict === 'fail').length
  const message = `${tested.length} tested, ${bad} of them too bad; ${short.length} not testable`
  const n = tested.length
  return tested.length === 0
    ? notTestable(gate, message)
    : judged({ gate, value: bad, limit: 0, n, isPassed: bad === 0, message })
}
