/** Features of time and place: phases of the day and the year, and the sun. */
import type { FeatureContext } from './feature-inputs.ts'

const DAY_SECONDS = 86_400
/** The mean Gregorian year. */
const YEAR_SECONDS = 31_556_952
const SECONDS_BY_PERIOD = { day: DAY_SECONDS, year: YEAR_SECONDS } as const

/** Seconds since the period began, float32 [N, 1]; the remainder is taken in int64, where no digit is lost. */
const phase = ({ graph, time }: FeatureContext, seconds: number): string =>
  graph.cast(graph.node('Mod', [time, graph.integers([seconds])]), 'float')

const scaled = ({ graph }: FeatureContext, value: string, by: number): string =>
  graph.node('Mul', [value, graph.scalar(by)])

/** Sine and cosine of each harmonic: [N, 2 * harmonics]. */
export function calendarFeatures(context: FeatureContext, period: 'day' | 'year', harmonics: number): string {
  const { graph } = context
  const seconds = phase(context, SECONDS_BY_PERIOD[period])
  const parts: string[] = []
  for (let k = 1; k <= harmonics; k++) {
    const angle = scaled(context, seconds, (2 * Math.PI * k) / SECONDS_BY_PERIOD[period])
    parts.push(graph.node('Sin', [angle]), graph.node('Cos', [angle]))
  }
  return graph.join(parts)
}

/**
 * Sine of the sun's elevation, 0 at night, `hoursBefore` the target time: [N, hours]. Declination after Spencer 1971; the
 * equation of time (up to 16 minutes) is left out.
 */
export function sunFeatures(context: FeatureContext, hoursBefore: readonly number[]): string {
  const { graph, recipe, flat, column } = context
  const radians = (channel: string): string =>
    scaled(context, graph.columns(flat, [column(channel, 0)]), Math.PI / 180)
  const latitude = radians('latitude')
  const declination = sunDeclination(context)
  const [sinBoth, cosBoth] = (['Sin', 'Cos'] as const).map((f) =>
    graph.node('Mul', [graph.node(f, [latitude]), graph.node(f, [declination])]),
  )
  const utcAngle = scaled(context, phase(context, DAY_SECONDS), (2 * Math.PI) / DAY_SECONDS)
  const localAngle = graph.node('Add', [utcAngle, radians('longitude')])
  const horizonHours = (recipe.target.horizonSteps * recipe.cadenceMinutes) / 60
  const elevations = hoursBefore.map((hours) => {
    const fromNoon = (2 * Math.PI * (horizonHours - hours - 12)) / 24
    const cosHourAngle = graph.node('Cos', [graph.node('Add', [localAngle, graph.scalar(fromNoon)])])
    return graph.node('Relu', [graph.node('Add', [sinBoth!, graph.node('Mul', [cosBoth!, cosHourAngle])])])
  })
  return graph.join(elevations)
}

function sunDeclination(context: FeatureContext): string {
  const { graph } = context
  const seconds = phase(context, YEAR_SECONDS)
  const term = (f: 'Sin' | 'Cos', k: number, weight: number): string =>
    scaled(context, graph.node(f, [scaled(context, seconds, (2 * Math.PI * k) / YEAR_SECONDS)]), weight)
  return graph.node('Sum', [
    graph.scalar(0.006918),
    term('Cos', 1, -0.399912),
    term('Sin', 1, 0.070257),
    term('Cos', 2, -0.006758),
    term('Sin', 2, 0.000907),
  ])
}
