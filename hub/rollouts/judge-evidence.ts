/**
 * The gate of a stage: paired evidence of its devices -> verdict with reasons. A null verdict means: go on gathering.
 * Daily looks are free (confidence sequence), but none before `daysMin`. No data never passes.
 */
import type { RolloutPolicy } from '@fleetcast/shared/recipe/recipe.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { fleetDays, liveDays, type EvidenceDay, type FleetDay } from './evidence-day.ts'
import { judgeReference, type Finding } from './judge-reference.ts'
import { measureDifference, type Measured } from './measure-difference.ts'
import type { Measurement, SiteEvidence, Verdict } from './rollout.ts'
import { counted, referenceText } from './words.ts'

export type JudgeInput = {
  /** Rows of the stage's devices, of days after the training data only. */
  readonly evidence: readonly EvidenceDay[]
  /** Bundles that serve at the stage's devices now: each must have been compared with. */
  readonly champions: readonly BundleDigest[]
  readonly policy: RolloutPolicy
  readonly pairsPerDay: number
  /** The policy's, or more when an operator resumed an undecided stage. */
  readonly daysMax: number
}

export type Judgement = {
  readonly verdict: Verdict | null
  readonly reasons: readonly string[]
  readonly waitsFor: readonly string[]
  readonly measurements: readonly Measurement[]
  readonly bySite: readonly SiteEvidence[]
}

type Comparison = {
  readonly reference: string
  readonly days: number
  readonly pairs: number
  readonly measured: Measured | null
}

/** Judges a stage's evidence; the same input gives the same verdict, so a decision can be replayed. */
export function judgeEvidence(input: JudgeInput): Judgement {
  const comparisons = (['persistence', ...input.champions] as const).map((reference) =>
    compare(input, reference),
  )
  const rest = {
    measurements: comparisons.flatMap(({ measured }) => (measured === null ? [] : [measurementOf(measured)])),
    bySite: siteEvidence(input.evidence),
  }
  const shortage = shortageOf(comparisons[0]!, input.policy)
  if (shortage !== null) return { verdict: 'noData', reasons: [shortage], waitsFor: [shortage], ...rest }
  const findings = comparisons.map((comparison) => findingOf(comparison, input))
  const reasons = findings.map(({ reason }) => reason)
  if (findings.some(({ state }) => state === 'failed'))
    return {
      verdict: 'fail',
      reasons: findings.filter(({ state }) => state === 'failed').map(({ reason }) => reason),
      waitsFor: [],
      ...rest,
    }
  const waitsFor = [...findings.flatMap((finding) => finding.waitsFor ?? []), ...shadowShortage(input)]
  if (waitsFor.length > 0) return { verdict: null, reasons, waitsFor, ...rest }
  const isPassed = findings.every(({ state }) => state === 'passed')
  return { verdict: isPassed ? 'pass' : 'inconclusive', reasons, waitsFor, ...rest }
}

function compare(
  { evidence, policy, pairsPerDay }: JudgeInput,
  reference: 'persistence' | BundleDigest,
): Comparison {
  const days = fleetDays(evidence, reference, pairsPerDay)
  const margin = reference === 'persistence' ? policy.marginToPersistence : policy.marginToChampion
  return {
    reference,
    days: days.length,
    pairs: days.reduce((sum: number, day: FleetDay) => sum + day.pairs, 0),
    measured: measureDifference(days, { reference, margin, alpha: policy.alpha }),
  }
}

function shortageOf({ days, pairs }: Comparison, { verifiedForecastsMin }: RolloutPolicy): string | null {
  if (days > 0 && pairs >= verifiedForecastsMin) return null
  return `verified forecasts: ${pairs} of at least ${verifiedForecastsMin}, over ${counted(days, 'whole day')}`
}

function findingOf({ reference, days, measured }: Comparison, { policy, daysMax }: JudgeInput): Finding {
  if (measured !== null && days >= policy.daysMin) return judgeReference(measured, { policy, daysMax })
  const text = `whole days of pairs against ${referenceText(reference)}: ${days} of at least ${policy.daysMin}`
  return { state: 'open', reason: text, waitsFor: text }
}

function shadowShortage({ evidence, policy, pairsPerDay }: JudgeInput): string[] {
  const live = liveDays(evidence, pairsPerDay)
  return live >= policy.shadowDaysMin
    ? []
    : [`days of live shadow operation: ${live} of at least ${policy.shadowDaysMin}`]
}

const measurementOf = ({ daySpread: _daySpread, ...measurement }: Measured): Measurement => measurement

/** Every pair against persistence by device, whole days or not. */
function siteEvidence(evidence: readonly EvidenceDay[]): SiteEvidence[] {
  const byDevice = new Map<string, { site: string; pairs: number; sumAbs: number; sumAbsReference: number }>()
  for (const { device, site, reference, n, sumAbs, sumAbsReference } of evidence) {
    if (reference !== 'persistence') continue
    const sum = byDevice.get(device) ?? { site, pairs: 0, sumAbs: 0, sumAbsReference: 0 }
    sum.pairs += n
    sum.sumAbs += sumAbs
    sum.sumAbsReference += sumAbsReference
    byDevice.set(device, sum)
  }
  return [...byDevice]
    .map(([device, { site, pairs, sumAbs, sumAbsReference }]) => ({
      site,
      device,
      pairs,
      mae: sumAbs / pairs,
      persistenceMae: sumAbsReference / pairs,
    }))
    .sort((a, b) => (a.device < b.device ? -1 : 1))
}
