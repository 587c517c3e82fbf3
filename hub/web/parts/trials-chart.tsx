import { useEffect, useRef, useState } from 'preact/hooks'
import type { RunDetail } from '../../api/resources/run.ts'
import { decimals } from '../format.ts'

type Trial = RunDetail['trials'][number]

/** `chosen`: place of the winner; null while there is none. */
export type FoundTrials = { readonly trials: readonly Trial[]; readonly chosen: number | null }

const HEIGHT = 240
const LEFT = 46
const BOTTOM = 34
const EDGE = 12
const TICKS = 4

/** Trials in their order, or by what they cost. */
type Axis = 'trial' | 'cpuSeconds'

/** Every trial's error with the spread of its folds; the winner has a ring. Shapes tell the algorithms apart. */
export function TrialsChart({ trials, chosen }: FoundTrials) {
  const [axis, setAxis] = useState<Axis>('trial')
  const [element, width] = useWidth()
  const names = [...new Set(trials.map(({ algorithm }) => algorithm))]
  return (
    <>
      <p class="row">
        {names.map((name) => (
          <span key={name} class="row quiet">
            <svg width={14} height={14} aria-hidden="true">
              <Mark shape={names.indexOf(name)} x={7} y={7} />
            </svg>
            {name}
          </span>
        ))}
        <span class="quiet">line: from the best to the worst fold</span>
        <button
          aria-pressed={axis === 'cpuSeconds'}
          onClick={() => setAxis(axis === 'trial' ? 'cpuSeconds' : 'trial')}
        >
          {axis === 'trial' ? 'by CPU seconds' : 'in order'}
        </button>
      </p>
      <div ref={element}>{width === 0 ? null : <Plot {...{ trials, chosen, names, axis, width }} />}</div>
    </>
  )
}

/** Of the element in CSS pixels, so that text keeps its size on a phone. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const parent = element.current
    if (parent === null) return undefined
    const measure = (): void => setWidth(parent.clientWidth)
    const watcher = new ResizeObserver(measure)
    watcher.observe(parent)
    measure()
    return () => watcher.disconnect()
  }, [])
  return [element, width] as const
}

type PlotProps = FoundTrials & {
  readonly names: readonly string[]
  readonly axis: Axis
  readonly width: number
}

function Plot({ trials, chosen, names, axis, width }: PlotProps) {
  const xOf = (trial: Trial, at: number): number => (axis === 'trial' ? at + 1 : trial.cpuSeconds)
  const right = Math.max(...trials.map(xOf), 1) * (axis === 'trial' ? 1 : 1.05) + (axis === 'trial' ? 0.5 : 0)
  const values = trials.flatMap(({ mae, foldMae }) => [mae, ...foldMae])
  const [low, high] = paddedRange(values)
  const x = (value: number): number => LEFT + (value / right) * (width - LEFT - EDGE)
  const y = (value: number): number => EDGE + ((high - value) / (high - low)) * (HEIGHT - EDGE - BOTTOM)
  const winner = chosen === null ? undefined : trials[chosen]
  const summary =
    winner === undefined
      ? 'none is chosen'
      : `trial ${chosen! + 1} (${winner.algorithm}) won with ${decimals(winner.mae, 3)}`
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={`Error of ${trials.length} trials; ${summary}`}>
      {ticks(low, high).map((value) => (
        <g key={value}>
          <line x1={LEFT} x2={width - EDGE} y1={y(value)} y2={y(value)} stroke="var(--line)" />
          <text x={LEFT - 6} y={y(value) + 4} text-anchor="end">
            {decimals(value, 2)}
          </text>
        </g>
      ))}
      {xTicks(right, axis).map((value) => (
        <text key={value} x={x(value)} y={HEIGHT - BOTTOM + 16} text-anchor="middle">
          {value}
        </text>
      ))}
      <text x={width - EDGE} y={HEIGHT - 4} text-anchor="end">
        {axis === 'trial' ? 'trial' : 'CPU seconds'}
      </text>
      <text x={4} y={HEIGHT - 4}>
        mean error
      </text>
      {trials.map((trial, at) => {
        const [left, top] = [x(xOf(trial, at)), y(trial.mae)]
        return (
          <g key={at}>
            <title>{titleOf(trial, at)}</title>
            <line
              {...{
                x1: left,
                x2: left,
                y1: y(Math.min(...trial.foldMae)),
                y2: y(Math.max(...trial.foldMae)),
              }}
              stroke="var(--bar-reference)"
              stroke-width={3}
              stroke-linecap="round"
            />
            <Mark shape={names.indexOf(trial.algorithm)} x={left} y={top} />
            {at === chosen ? (
              <circle cx={left} cy={top} r={9} fill="none" stroke="var(--good)" stroke-width={2} />
            ) : null}
          </g>
        )
      })}
    </svg>
  )
}

const titleOf = ({ algorithm, mae, foldMae, settings }: Trial, at: number): string =>
  `trial ${at + 1}, ${algorithm}: ${decimals(mae, 3)} (folds ${foldMae.map((fold) => decimals(fold, 3)).join(', ')}) ${settings}`

const SHAPES = [
  'M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0',
  'M-4,-4h8v8h-8z',
  'M0,-5.5L5,4H-5z',
  'M0,-6L5,0L0,6L-5,0z',
  'M-5,-1.5h3.5v-3.5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5z',
]

const Mark = ({ shape, x, y }: { shape: number; x: number; y: number }) => (
  <path d={SHAPES[shape % SHAPES.length]} transform={`translate(${x} ${y})`} fill="var(--series-model)" />
)

/** A little more than the values span, and never nothing. */
function paddedRange(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = Math.max((high - low) * 0.08, Math.abs(high) * 0.01, 1e-6)
  return [low - room, high + room]
}

const ticks = (low: number, high: number): readonly number[] =>
  Array.from({ length: TICKS }, (_, i) => low + ((i + 0.5) / TICKS) * (high - low))

function xTicks(right: number, axis: Axis): readonly number[] {
  const step = Math.max(axis === 'trial' ? 1 : 0.1, Number((right / 5).toPrecision(1)))
  return Array.from({ length: Math.floor(right / step) }, (_, i) => Number(((i + 1) * step).toPrecision(3)))
}
