import type { Measurement } from '../../api/resources/rollout.ts'
import { percent } from '../format.ts'

const WIDTH = 320
const HEIGHT = 44
const SPAN_MIN = 0.1

/** Value and interval on one axis with the zero line and the margin: left of zero the candidate is better. */
export function IntervalPlot({ measurement }: { measurement: Measurement }) {
  const { relativeDifference, lower, upper, margin } = measurement
  const span =
    1.15 *
    Math.max(
      SPAN_MIN,
      margin,
      Math.abs(relativeDifference),
      ...[lower, upper].map((x) => Math.min(Math.abs(x), 1)),
    )
  const x = (value: number): number =>
    WIDTH / 2 + (Math.max(-span, Math.min(span, value)) / span) * (WIDTH / 2 - 6)
  const label = `${percent(relativeDifference)}, between ${percent(lower)} and ${percent(upper)}; the margin is ${percent(margin)}`
  const tone =
    upper < margin && relativeDifference < 0 ? 'var(--good)' : lower > 0 ? 'var(--bad)' : 'var(--accent)'
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width="100%"
      style={{ maxWidth: `${WIDTH}px` }}
      role="img"
      aria-label={label}
    >
      <line x1={x(0)} x2={x(0)} y1={2} y2={30} stroke="var(--quiet)" />
      <line x1={x(margin)} x2={x(margin)} y1={2} y2={30} stroke="var(--bad)" stroke-dasharray="3 3" />
      <line
        x1={x(lower)}
        x2={x(upper)}
        y1={16}
        y2={16}
        stroke={tone}
        stroke-width={4}
        stroke-linecap="round"
      />
      <circle cx={x(relativeDifference)} cy={16} r={6} fill={tone} />
      <text x={x(0)} y={42} text-anchor="middle">
        0
      </text>
      <text x={4} y={42}>
        better
      </text>
      <text x={WIDTH - 4} y={42} text-anchor="end">
        worse
      </text>
    </svg>
  )
}
