import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { AccuracyDay } from '../../api/resources/device.ts'
import { theme } from '../theme.ts'

const ROLLING_DAYS = 7
const HEIGHT = 260

type Series = {
  readonly days: number[]
  readonly model: (number | null)[]
  readonly persistence: (number | null)[]
}

/** Live days of every version, pairs of the last seven days together. */
export function rollingAccuracy(accuracy: readonly AccuracyDay[]): Series {
  const byDay = new Map<string, { n: number; model: number; persistence: number }>()
  for (const { day, source, n, mae, persistenceMae } of accuracy) {
    if (source === 'backtest') continue
    const known = byDay.get(day) ?? { n: 0, model: 0, persistence: 0 }
    byDay.set(day, {
      n: known.n + n,
      model: known.model + n * mae,
      persistence: known.persistence + n * persistenceMae,
    })
  }
  const days = everyDay([...byDay.keys()].sort())
  const rolling = (part: 'model' | 'persistence'): (number | null)[] =>
    days.map((today, i) => {
      if (!byDay.has(today)) return null
      const window = days
        .slice(Math.max(0, i - ROLLING_DAYS + 1), i + 1)
        .flatMap((day) => byDay.get(day) ?? [])
      return window.reduce((sum, day) => sum + day[part], 0) / window.reduce((sum, day) => sum + day.n, 0)
    })
  return {
    days: days.map((day) => Date.parse(day) / 1_000),
    model: rolling('model'),
    persistence: rolling('persistence'),
  }
}

const DAY_MS = 86_400_000

function everyDay(sorted: readonly string[]): readonly string[] {
  const [first, last] = [sorted[0], sorted.at(-1)]
  if (first === undefined || last === undefined) return []
  const count = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.parse(first) + i * DAY_MS).toISOString().slice(0, 10),
  )
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Error of the version that served or ran in shadow, beside persistence on the same forecasts. */
export function AccuracyChart({ accuracy, unit }: { accuracy: readonly AccuracyDay[]; unit: string }) {
  const element = useRef<HTMLDivElement>(null)
  const chosen = theme.value
  const { days, model, persistence } = rollingAccuracy(accuracy)
  useEffect(() => {
    const parent = element.current
    if (parent === null) return undefined
    const axis = {
      stroke: colour('--quiet'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line') },
    }
    const plot = new uPlot(
      {
        width: parent.clientWidth,
        height: HEIGHT,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1_000), 'UTC'),
        axes: [axis, { ...axis, label: `mean error, ${unit}`, labelSize: 18 }],
        series: [
          {},
          { label: 'model', stroke: colour('--series-model'), width: 2 },
          { label: 'persistence', stroke: colour('--series-reference'), width: 2, dash: [6, 4] },
        ],
      },
      [days, model, persistence],
      parent,
    )
    const resize = new ResizeObserver(() => plot.setSize({ width: parent.clientWidth, height: HEIGHT }))
    resize.observe(parent)
    return () => {
      resize.disconnect()
      plot.destroy()
    }
  }, [chosen, days.length, model.at(-1)])
  const last = model.length - 1
  const summary =
    last < 0
      ? 'no days yet'
      : `newest seven days: model ${model[last]?.toFixed(2)} ${unit}, persistence ${persistence[last]?.toFixed(2)} ${unit}`
  return <div ref={element} class="scroll" role="img" aria-label={`Error by day; ${summary}`} />
}
