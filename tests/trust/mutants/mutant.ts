/** A check of the trust code taken out, and the attack that must succeed then. */
export type Mutant = {
  /** Below shared/. */
  readonly file: string
  /** The source of the check, exactly once in the file. */
  readonly check: string
  readonly instead: string
  /** The beginning of the attack's name, which names one attack alone. */
  readonly attack: string
}
