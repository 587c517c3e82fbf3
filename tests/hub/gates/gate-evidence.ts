/** Evidence of a made-up version: two sites, every hour of the given days, losses that are large together on hard days. */
import { SiteId } from '@fleetcast/shared/ids.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { GateRows } from '../../../hub/gates/gate-rows.ts'
import type { GateEvidence } from '../../../hub/gates/judge-version.ts'
import { FAULTS } from '../../../hub/gates/break-channel.ts'

export type RowsWish = {
  readonly days?: number
  readonly seed?: number
  /** Loss over that of persistence. */
  readonly share?: number
  /** Null: no champion; else the candidate's loss over the champion's, and a noise of each row of its own. */
  readonly overChampion?: { readonly ratio: number; readonly noise: number } | null
}

const START_SECONDS = Date.UTC(2021, 0, 1) / 1_000
const HOURS = 24
const SITES = ['alpha', 'beta'].map((name) => SiteId.parse(name))

export function madeUpRows({
  days = 120,
  seed = 1,
  share = 0.7,
  overChampion = null,
}: RowsWish = {}): GateRows {
  const random = createRandom(seed)
  const n = days * HOURS * SITES.length
  const hard = hardDays(days, random.fork('weather'))
  const dayOfRow = (row: number): number => Math.floor(row / (HOURS * SITES.length))
  const hourOfRow = (row: number): number => Math.floor(row / SITES.length) % HOURS
  const own = random.fork('rows')
  const persistenceLoss = Float32Array.from(
    { length: n },
    (_, row) => hard[dayOfRow(row)]! * (0.5 + own.next()),
  )
  const loss = persistenceLoss.map((value) => share * value)
  const chance = random.fork('champion')
  return {
    timeSeconds: Float64Array.from(
      { length: n },
      (_, row) => START_SECONDS + Math.floor(row / SITES.length) * 3_600,
    ),
    horizonSeconds: 86_400,
    sites: SITES.map((site) => ({ site, latitude: 45, longitude: 0 })),
    siteIndex: Int32Array.from({ length: n }, (_, row) => row % SITES.length),
    truth: Float32Array.from(
      { length: n },
      (_, row) =>
        10 * Math.sin((2 * Math.PI * dayOfRow(row)) / 11) +
        8 * Math.sin((2 * Math.PI * hourOfRow(row)) / HOURS),
    ),
    isTruthOrdered: true,
    answers: [],
    loss,
    persistenceLoss,
    seasonalLoss: persistenceLoss.map((value) => 1.1 * value),
    climatologyLoss: persistenceLoss.map((value) => 1.3 * value),
    championLoss:
      overChampion === null
        ? null
        : loss.map((value) => Math.abs(value / overChampion.ratio + overChampion.noise * chance.normal())),
  }
}

/** Days of weather that stays hard or easy for a while. */
function hardDays(days: number, random: ReturnType<typeof createRandom>): readonly number[] {
  let state = random.normal()
  return Array.from({ length: days }, () => {
    const value = 2 * Math.exp(0.4 * state)
    state = 0.7 * state + Math.sqrt(1 - 0.49) * random.normal()
    return value
  })
}

export const madeUpEvidence = (change: Partial<GateEvidence> = {}): GateEvidence => ({
  rows: madeUpRows(),
  data: {
    channels: [{ channel: 'temperature', share: 0.01, expected: 1_000 }],
    sites: SITES.map((site) => ({ site, share: 0.95, expected: 1_000, days: 100 })),
  },
  leakage: { gapSeconds: 350_000, neededSeconds: 345_600, n: 1_000 },
  robustness: {
    cleanLoss: 2,
    n: 500,
    faults: FAULTS.map((fault) => ({
      ...{ channel: 'pressure', fault, loss: 2.2, persistenceLoss: 3, outside: 0, notFinite: 0 },
      isTarget: false,
    })),
    fuzz: { inputs: 10_000, notFinite: 0 },
  },
  exported: {
    parity: { rows: 1_500, maxDifference: 1e-5, tolerance: 1e-3 },
    onnxBytes: 40_000,
    latency: { p50Ms: 0.1, p95Ms: 0.2, n: 200 },
    load: { medianMs: 8, n: 9 },
    memory: { ok: true, value: { runtimeMb: 28, modelMb: 1 } },
    weights: { kind: 'full', reason: 'the weights are float32' },
    intervalCoverage: null,
  },
  ...change,
})
