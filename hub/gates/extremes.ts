/** What is rare: the lowest and the highest truth of each site, so that no site is all of it. */
import type { GateRows } from './gate-rows.ts'

export type Extreme = { readonly name: string; readonly rows: readonly number[] }

export function extremesOf({ truth, siteIndex, sites }: GateRows, share: number): readonly Extreme[] {
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
    { name: name('lowest'), rows: low },
    { name: name('highest'), rows: high },
  ]
}
