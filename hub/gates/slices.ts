/** Parts of the test rows that have to stand on their own: sites, seasons, times of day, and what is rare. */
import type { GateName } from './gate-report.ts'
import { DAY_SECONDS } from '../evaluation/daily-losses.ts'
import type { GateRows } from './gate-rows.ts'

export type Slice = {
  readonly gate: Extract<GateName, 'slices' | 'extremes'>
  readonly name: string
  /** Numbers of the rows that belong to it. */
  readonly rows: readonly number[]
}

/** Of the row's time, UTC; a station's local evening is another octant in the east than in the west. */
const OCTANT_HOURS = 3
const SEASONS = ['Dec-Feb', 'Mar-May', 'Jun-Aug', 'Sep-Nov'] as const

export function slicesOf(rows: GateRows, extremeShare: number): readonly Slice[] {
  const where = (name: string, belongs: (row: number) => boolean): Slice => ({
    gate: 'slices',
    name,
    rows: [...rows.timeSeconds.keys()].filter(belongs),
  })
  const seasons = Uint8Array.from(rows.timeSeconds, seasonOf)
  const octants = Uint8Array.from(rows.timeSeconds, octantOf)
  return [
    ...rows.sites.map((site, index) => where(`site ${site}`, (row) => rows.siteIndex[row] === index)),
    ...SEASONS.map((name, season) => where(`season ${name}`, (row) => seasons[row] === season)),
    ...Array.from({ length: 24 / OCTANT_HOURS }, (_, octant) =>
      where(octantName(octant), (row) => octants[row] === octant),
    ),
    ...(rows.isTruthOrdered ? extremes(rows, extremeShare) : []),
  ]
}

const seasonOf = (timeSeconds: number): number =>
  Math.floor(((new Date(timeSeconds * 1_000).getUTCMonth() + 1) % 12) / 3)

const octantOf = (timeSeconds: number): number =>
  Math.floor((timeSeconds % DAY_SECONDS) / (OCTANT_HOURS * 3_600))

const octantName = (octant: number): string => {
  const hour = (n: number): string => String(n * OCTANT_HOURS).padStart(2, '0')
  return `hours ${hour(octant)}-${hour(octant + 1)} UTC`
}

/** The lowest and the highest truth of each site, so that no site is all of it. */
function extremes({ truth, siteIndex, sites }: GateRows, share: number): readonly Slice[] {
  const low: number[] = []
  const high: number[] = []
  for (let site = 0; site < sites.length; site++) {
    const own = [...truth.keys()].filter((row) => siteIndex[row] === site)
    const ordered = own.map((row) => truth[row]!).sort((a, b) => a - b)
    const below = ordered[Math.floor(share * ordered.length)]!
    const above = ordered[Math.ceil((1 - share) * ordered.length) - 1]!
    for (const row of own) {
      if (truth[row]! < below) low.push(row)
      if (truth[row]! > above) high.push(row)
    }
  }
  const name = (end: string): string => `${end} ${100 * share} % of truth`
  return [
    { gate: 'extremes', name: name('lowest'), rows: low },
    { gate: 'extremes', name: name('highest'), rows: high },
  ]
}
