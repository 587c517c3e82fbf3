/** A recipe may ask for less than the defaults, or than it did; then it has to be said, limit by limit. */
import { GATE_DEFAULTS, type GatePolicy } from './gates.ts'

type Limit = number | boolean | null

/** Which values of a limit let more through. A limit that is added without a line here does not compile. */
const WEAKER: Readonly<Record<keyof GatePolicy, 'lower' | 'higher' | 'other'>> = {
  confidence: 'lower',
  testDaysMin: 'lower',
  missingShareMax: 'higher',
  sampleShareMin: 'lower',
  skillOverPersistenceMin: 'lower',
  mustBeatSeasonalPersistence: 'lower',
  mustBeatClimatology: 'lower',
  lossMax: 'higher',
  worseThanChampionMax: 'higher',
  championDaysMin: 'lower',
  sliceDaysMin: 'higher',
  sliceWorseMax: 'higher',
  // Fewer rows are too few to judge, more of them are no extremes any more.
  extremeShare: 'other',
  extremesWorseMax: 'higher',
  robustnessFactorMax: 'higher',
  robustnessWindows: 'lower',
  fuzzInputs: 'lower',
  onnxBytesMax: 'higher',
  p95LatencyMsMax: 'higher',
  loadMsMax: 'higher',
  memoryMbMax: 'higher',
  compactLossIncreaseMax: 'higher',
  coverageErrorMax: 'higher',
  probabilityErrorMax: 'higher',
}

/** `missingShareMax 0.2 instead of 0.05`. A limit that a stored policy does not know yet is left out. */
export function weakerLimits(
  policy: Readonly<Record<string, Limit>>,
  than: GatePolicy = GATE_DEFAULTS,
): readonly string[] {
  return (Object.keys(WEAKER) as (keyof GatePolicy)[]).flatMap((name) => {
    const [value, instead] = [policy[name], than[name]]
    if (value === undefined || !isWeaker(name, value, instead)) return []
    return [`${name} ${String(value ?? 'none')} instead of ${String(instead ?? 'none')}`]
  })
}

function isWeaker(name: keyof GatePolicy, value: Limit, than: Limit): boolean {
  const [own, other] = [value, than].map((limit) => (limit === null ? Infinity : Number(limit)))
  if (WEAKER[name] === 'other') return own !== other
  return WEAKER[name] === 'lower' ? own! < other! : own! > other!
}
