/**
 * No part may be worse than its reference beyond doubt. Many parts are looked at, so the doubt is shared out (Holm 1979): the
 * chance that one of them fails by luck alone stays below 1 - confidence. The reference is the champion; without one, persistence.
 */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { normalCdf, normalQuantile } from '@fleetcast/shared/statistics/normal.ts'
import { compareLosses, type Comparison } from './compare-losses.ts'
import { judged, notTestable, percent } from './gate-entry.ts'
import type { GateEntry } from './gate-report.ts'
import type { GateRows } from './gate-rows.ts'
import { slicesOf, type Slice } from './slices.ts'

type Measured = { readonly slice: Slice; readonly reference: string; readonly found: Comparison }

export function judgeSlices(policy: GatePolicy, rows: GateRows): readonly GateEntry[] {
  const measured = slicesOf(rows, policy.extremeShare).map((slice) => measure(policy, rows, slice))
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

/** The champion where it can be compared on enough days, else persistence. */
function measure({ confidence, sliceDaysMin }: GatePolicy, rows: GateRows, slice: Slice): Measured {
  const { timeSeconds, loss, championLoss, persistenceLoss } = rows
  const compare = (reference: Float32Array): Comparison =>
    compareLosses({ timeSeconds, loss, reference }, confidence, (row) => slice.rows[row] === 1)
  const champion = championLoss === null ? null : compare(championLoss)
  return champion !== null && champion.days >= sliceDaysMin
    ? { slice, reference: 'the champion', found: champion }
    : { slice, reference: 'persistence', found: compare(persistenceLoss) }
}

/** Holm: the most suspicious slice is judged by the strictest bound, each next one by a milder, until one is cleared. */
function judgeFamily(policy: GatePolicy, family: readonly Measured[]): readonly GateEntry[] {
  const limitOf = ({ slice }: Measured): number =>
    slice.gate === 'extremes' ? policy.extremesWorseMax : policy.sliceWorseMax
  const suspicion = (one: Measured): number => {
    const p = 1 - normalCdf(scoreOf(one.found, limitOf(one)))
    return Number.isNaN(p) ? 0 : p
  }
  const order = family.toSorted((a, b) => suspicion(a) - suspicion(b))
  let isCleared = false
  const entries = new Map(
    order.map((one, i) => {
      const width = normalQuantile(1 - (1 - policy.confidence) / (order.length - i))
      const { found, slice, reference } = one
      const lower = found.relative - width * found.standardError
      isCleared ||= lower <= limitOf(one)
      const entry = judged({
        ...{ gate: slice.gate, slice: slice.name, value: found.relative, limit: limitOf(one) },
        ...{ lower, upper: found.relative + width * found.standardError, n: found.n, days: found.days },
        isPassed: isCleared,
        message: `loss ${percent(found.relative)} beside ${reference}, at least ${percent(lower)} (Holm); fails above ${percent(limitOf(one))}`,
      })
      return [slice.name, entry]
    }),
  )
  return family.map(({ slice }) => entries.get(slice.name)!)
}

const scoreOf = ({ relative, standardError }: Comparison, limit: number): number => {
  if (standardError > 0) return (relative - limit) / standardError
  return relative > limit ? Infinity : -Infinity
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
