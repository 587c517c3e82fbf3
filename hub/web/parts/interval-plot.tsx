import type { Measurement } from '../../api/resources/rollout.ts'
import { percent } from '../format.ts'

const WIDTH = 320
const HEIGHT = 44
const SPAN_MIN = 0.1

type Shown = Pick<Measurement, 'relativeDifference' | 'lower' | 'upper'> & { readonly margin: number | null }

/** Value and interval on one axis with the zero line and the margin, where there is one: left of zero the first is better. */
export function IntervalPlot({
  measurement,
  span = spanOf(measurement),
}: {
  measurement: Shown
  span?: number
}) {
  const { relativeDifference, lower, upper, margin } = measurement
  const x = (value: number): number =>
    WIDTH / 2 + (Math.max(-span, Math.min(span, value)) / span) * (WIDTH / 2 - 6)
  const interval = `${percent(relativeDifference)}, between ${percent(lower)} and ${percent(upper)}`
  const label = margin === null ? interval : `${interval}; the margin is ${percent(margin)}`
  const tone =
    upper < (margin ?? 0) && relativeDifference < 0
      ? 'var(--good)'
      : lower > 0
        ? 'var(--bad)'
        : 'var(--accent)'
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width="100%"
      style={{ maxWidth: `${WIDTH}px` }}
      role="img"
      aria-label={label}
    >
      <line x1={x(0)} x2={x(0)} y1={2} y2={30} stroke="var(--quiet)" />
      {margin === null ? null : (
        <line x1={x(margin)} x2={x(margin)} y1={2} y2={30} stroke="var(--bad)" stroke-dasharray="3 3" />
      )}
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

/** Half of the axis: plots that stand below each other share the longest. */
export const spanOf = ({ relativeDifference, lower, upper, margin }: Shown): number =>
  1.15 *
  Math.max(
    SPAN_MIN,
    margin ?? 0,
    Math.abs(relativeDifference),
    ...[lower, upper].map((end) => Math.min(Math.abs(end), 1)),
  )
