/** What an import counts at one station while its rows go by. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { EXAMPLES_MAX } from './dataset-report.ts'
import { GapFinder } from './find-gaps.ts'
import { ChannelJudge, type JudgedRow } from './judge-channels.ts'
import type { AsideReason, Interval } from './pick-intervals.ts'

/** How often, and the first event times. */
export type Noted = { count: number; readonly times: number[] }

const newNoted = (): Noted => ({ count: 0, times: [] })

export function note(noted: Noted, time: number): void {
  noted.count++
  if (noted.times.length < EXAMPLES_MAX) noted.times.push(time)
}

export class StationImport {
  readonly station: string
  readonly judge: ChannelJudge
  readonly gaps: GapFinder
  /** Rows of the dataset. */
  rows = 0
  /** Rows beside the axis, moved to the nearest step. */
  readonly snapped = newNoted()
  readonly aside: Readonly<Record<AsideReason, Noted>> = {
    betweenSteps: newNoted(),
    superseded: newNoted(),
    conflict: newNoted(),
    duplicate: newNoted(),
  }

  constructor(station: string, channels: readonly SensorChannel[], cadenceMs: number) {
    this.station = station
    this.judge = new ChannelJudge(channels)
    this.gaps = new GapFinder(cadenceMs)
  }

  /** Judges the row that stands for an interval; gives back the row before it, whose flags are final now. */
  accept({ step, winner, losers }: Interval, cadenceMs: number): JudgedRow | null {
    this.rows++
    const at = step * cadenceMs
    if (winner.time !== at) note(this.snapped, winner.time)
    for (const { row, reason } of losers) {
      note(this.aside[reason], at)
      if (row.time !== at) note(this.snapped, row.time)
    }
    return this.judge.judge({ at, missing: this.gaps.add(step), values: winner.values })
  }
}
