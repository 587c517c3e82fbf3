/** A gate of the version as evidence: its parts, and its own sentence with value and limit. */
import type { GateEntry, GateName } from '../gates/gate-report.ts'
import type { VersionEvidence } from './score-evidence.ts'

/** What a gate says when it passed; null when it failed, could not be tested, or there is none. An override shows nothing. */
export function passedGate(version: VersionEvidence | null, gate: GateName): string | null {
  const parts = version?.gates?.gates.filter((entry) => entry.gate === gate) ?? []
  const whole = parts.find(({ slice }) => slice === null)
  const isPassed =
    parts.every(({ verdict }) => verdict !== 'fail') &&
    (whole === undefined ? parts.some(({ verdict }) => verdict === 'pass') : whole.verdict === 'pass')
  if (version === null || !isPassed) return null
  return `${gate} gate of ${version.name}: ${whole?.message ?? partsText(parts)}`
}

/** Of a gate without a line of its own: how many parts passed, and the one nearest to its limit. */
function partsText(parts: readonly GateEntry[]): string {
  const passed = parts.filter(({ verdict }) => verdict === 'pass')
  const nearest = passed.toSorted((a, b) => distance(a) - distance(b))[0]
  return `${passed.length} measures passed; nearest to its limit ${nearest?.slice ?? 'none'}: ${nearest?.message ?? ''}`
}

const distance = ({ value, limit }: GateEntry): number =>
  value === null || limit === null ? Infinity : Math.abs(value - limit)
