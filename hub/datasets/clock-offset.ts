/**
 * Clocks that are off by whole hours, seen in the hour of the day at which a temperature peaks. The first harmonic of a month's mean
 * day moves by less than half an hour from year to year in the warm half (Jena 2009-2016, five US airports), and peaks between 12.5 and
 * 15.5 h of local solar time. So a station is compared with its own other years, where three months in a row must agree on a whole hour, and
 * with the sun, which finds local time sold as UTC. Not with its neighbours: sea breeze alone moves JFK's peak two hours from LaGuardia's.
 */

/** Mean of one hour of the day (UTC) in one month of one year. */
export type HourMean = {
  readonly station: string
  readonly year: number
  /** 1..12 */
  readonly month: number
  readonly hour: number
  readonly mean: number
  readonly count: number
}

export type ClockOffset = {
  readonly station: string
  readonly year: number
  /** Hours by which the table's times are late; negative: early. */
  readonly hours: number
  readonly months: readonly number[]
  readonly against: 'ownYears' | 'sun'
}

/** Local solar time of the peak of an air temperature, on the average of a year. */
const PEAK_SOLAR_HOUR = 14.4
/** Whole stations and seasons lie within it. */
const SUN_TOLERANCE_HOURS = 2.6
/** Below it weather moves the peak more than a clock would. */
const AMPLITUDE_MIN = 1.5
const DAYS_MIN = 10
const MONTHS_MIN = 3
const WHOLE_TOLERANCE_HOURS = 0.4

type MonthPhase = {
  readonly station: string
  readonly year: number
  readonly month: number
  readonly peak: number
}

/** `longitudes` by station, degrees east. */
export function findClockOffsets(
  means: readonly HourMean[],
  longitudes: ReadonlyMap<string, number>,
): readonly ClockOffset[] {
  const phases = monthPhases(means)
  const years = groupBy(phases, ({ station, year }) => `${station} ${year}`)
  return [...years.values()].flatMap((months) => {
    const { station, year } = months[0]!
    const late = medianLateness(months, longitudes.get(station) ?? 0)
    const bySun = Math.abs(late) > SUN_TOLERANCE_HOURS && months.length >= MONTHS_MIN
    if (bySun)
      return [
        { station, year, hours: Math.round(late), months: months.map(({ month }) => month), against: 'sun' },
      ] as const
    const others = phases.filter((phase) => phase.station === station && phase.year !== year)
    return byOwnYears(months, others, (phase) => lateness(phase, longitudes.get(station) ?? 0))
  })
}

function monthPhases(means: readonly HourMean[]): readonly MonthPhase[] {
  const days = groupBy(means, ({ station, year, month }) => `${station} ${year} ${month}`)
  return [...days.values()].flatMap((hours) => {
    if (hours.length < 24 || hours.some(({ count }) => count < DAYS_MIN)) return []
    const { peak, amplitude } = firstHarmonic(hours)
    const { station, year, month } = hours[0]!
    return amplitude < AMPLITUDE_MIN ? [] : [{ station, year, month, peak }]
  })
}

function firstHarmonic(hours: readonly HourMean[]): { peak: number; amplitude: number } {
  let [cosine, sine] = [0, 0]
  for (const { hour, mean } of hours) {
    // A mean stands for the whole hour when the cadence is finer; for hourly readings it is the instant itself.
    cosine += (mean * Math.cos((hour * Math.PI) / 12)) / 12
    sine += (mean * Math.sin((hour * Math.PI) / 12)) / 12
  }
  return { peak: (Math.atan2(sine, cosine) * 12) / Math.PI, amplitude: Math.hypot(cosine, sine) }
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}

/** Into -12..12. */
const around = (hours: number): number => ((((hours + 12) % 24) + 24) % 24) - 12

const lateness = ({ peak }: MonthPhase, longitude: number): number =>
  around(peak + longitude / 15 - PEAK_SOLAR_HOUR)

const medianLateness = (months: readonly MonthPhase[], longitude: number): number =>
  median(months.map((phase) => lateness(phase, longitude)))

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Runs of months that differ from the same months of other years by one whole number of hours. */
function byOwnYears(
  months: readonly MonthPhase[],
  others: readonly MonthPhase[],
  late: (phase: MonthPhase) => number,
): readonly ClockOffset[] {
  const shifts = months.flatMap((phase) => {
    const same = others.filter(({ month }) => month === phase.month)
    if (same.length === 0) return []
    const shift = median(same.map((other) => around(phase.peak - other.peak)))
    // Of two years that disagree the one farther from the sun is in doubt.
    const isFarther = Math.abs(late(phase)) > median(same.map((other) => Math.abs(late(other))))
    const hours = Math.round(shift)
    const isWhole = hours !== 0 && Math.abs(shift - hours) <= WHOLE_TOLERANCE_HOURS && isFarther
    return [{ month: phase.month, hours: isWhole ? hours : 0 }]
  })
  const { station, year } = months[0]!
  return runsOf(shifts).map((run) => ({ station, year, ...run, against: 'ownYears' }))
}

type Shift = { readonly month: number; readonly hours: number }

function runsOf(shifts: readonly Shift[]): { hours: number; months: number[] }[] {
  const runs: { hours: number; months: number[] }[] = []
  for (const { month, hours } of [...shifts].sort((a, b) => a.month - b.month)) {
    const run = runs.at(-1)
    if (run !== undefined && run.hours === hours && run.months.at(-1) === month - 1) run.months.push(month)
    else runs.push({ hours, months: [month] })
  }
  return runs.filter((run) => run.hours !== 0 && run.months.length >= MONTHS_MIN)
}
