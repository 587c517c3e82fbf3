/**
 * The exported file itself: it says what the trainer says, it is small, loads and answers fast in little memory; and its intervals
 * hold what they promise.
 */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { ModelMemory } from '../ports/model-memory.ts'
import { failed, judged, notTestable } from './gate-entry.ts'
import type { GateEntry } from './gate-report.ts'
import { judgeCompact, type WeightsMeasure } from './judge-compact.ts'
import type { Latency } from './measure-latency.ts'
import type { Load } from './measure-load.ts'

export type ExportMeasures = {
  /** Largest difference of graph and trainer, units of the target. */
  readonly parity: {
    readonly rows: number
    readonly maxDifference: number
    readonly tolerance: number
  } | null
  readonly onnxBytes: number
  readonly latency: Latency | null
  readonly load: Load | null
  readonly memory: Result<ModelMemory, Refusal>
  readonly weights: WeightsMeasure
  /** Share of the truths between the version's bounds, and the share asked for; null for a version without bounds. */
  readonly intervalCoverage: {
    readonly asked: number
    readonly share: number
    readonly n: number
    readonly days: number
  } | null
}

export const judgeExport = (policy: GatePolicy, measures: ExportMeasures): readonly GateEntry[] => [
  judgeParity(measures),
  judged({
    ...{ gate: 'size', value: measures.onnxBytes, limit: policy.onnxBytesMax, n: 1 },
    isPassed: measures.onnxBytes > 0 && measures.onnxBytes <= policy.onnxBytesMax,
    message: `${measures.onnxBytes} bytes, at most ${policy.onnxBytesMax}`,
  }),
  judgeLatency(policy, measures.latency),
  judgeLoad(policy, measures.load),
  judgeMemory(policy, measures.memory),
  ...judgeCompact(policy, measures.weights),
]

function judgeParity({ parity, weights }: ExportMeasures): GateEntry {
  if (parity === null) return failed('parity', 'the exported graph was not compared with the trainer')
  const { rows, maxDifference, tolerance } = parity
  return judged({
    ...{ gate: 'parity', value: maxDifference, limit: tolerance, n: rows },
    isPassed: rows > 0 && maxDifference <= tolerance,
    message: `exported graph${weights?.kind === 'compact' ? ' in float32' : ''} and trainer differ by ${maxDifference.toExponential(1)}, at most ${tolerance.toExponential(1)}`,
  })
}

function judgeLatency({ p95LatencyMsMax }: GatePolicy, latency: Latency | null): GateEntry {
  if (latency === null) return failed('latency', 'the time of one window was not measured')
  const { p95Ms, p50Ms, n } = latency
  return judged({
    ...{ gate: 'latency', value: p95Ms, limit: p95LatencyMsMax, n, isPassed: p95Ms <= p95LatencyMsMax },
    message: `one window in ${p50Ms.toFixed(2)} ms, 95 % within ${p95Ms.toFixed(2)} ms, at most ${p95LatencyMsMax} ms (one thread of the training machine)`,
  })
}

function judgeLoad({ loadMsMax }: GatePolicy, load: Load | null): GateEntry {
  if (load === null) return failed('load', 'the time to load the file was not measured')
  const { medianMs, n } = load
  return judged({
    ...{ gate: 'load', value: medianMs, limit: loadMsMax, n, isPassed: medianMs <= loadMsMax },
    message: `loaded in ${medianMs.toFixed(1)} ms (median of ${n}), at most ${loadMsMax} ms (one thread of the training machine)`,
  })
}

/** The limit is for both: a station pays for the runtime too. */
function judgeMemory({ memoryMbMax }: GatePolicy, memory: ExportMeasures['memory']): GateEntry {
  if (!memory.ok)
    return failed('memory', `the memory of the loaded file was not measured: ${memory.error.message}`)
  const { runtimeMb, modelMb } = memory.value
  const value = runtimeMb + modelMb
  return judged({
    ...{ gate: 'memory', value, limit: memoryMbMax, n: 1, isPassed: value <= memoryMbMax },
    message: `a fresh process grew by ${value.toFixed(1)} MB, at most ${memoryMbMax} MB: ${runtimeMb.toFixed(1)} MB for the runtime's start, ${modelMb.toFixed(1)} MB for this file loaded and one window run`,
  })
}

/** Of a version that predicts numbers. */
export function judgeCoverage(
  { coverageErrorMax, testDaysMin }: GatePolicy,
  coverage: ExportMeasures['intervalCoverage'],
): GateEntry {
  if (coverage === null) return notTestable('calibration', 'the version gives no bounds')
  const { asked, share, n, days } = coverage
  const limit = share < asked ? asked - coverageErrorMax : asked + coverageErrorMax
  return judged({
    ...{ gate: 'calibration', value: share, limit, n, days },
    isPassed: days >= testDaysMin && Math.abs(share - asked) <= coverageErrorMax,
    message: `the bounds hold ${(100 * share).toFixed(1)} % of the truths, ${(100 * asked).toFixed(0)} % were asked for; ${(100 * coverageErrorMax).toFixed(0)} points off at most, on ${testDaysMin} days or more`,
  })
}
