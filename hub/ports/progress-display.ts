/** Progress of anything longer than a second: a bar on a terminal, a few lines elsewhere. */
export type ProgressDisplay = {
  /** One line that stays. */
  readonly line: (text: string) => void
  /** Shows the named bar at `fraction` (0..1); `finish` leaves it as it stands. */
  readonly bar: (title: string, fraction: number, detail: string) => void
  readonly finish: (title: string) => void
}
