/** What the dashboard may want to read again; a hint, never data. */
export type ChangeTopic = 'devices' | 'recipes' | 'datasets' | 'runs' | 'models' | 'rollouts' | 'events'

export type Changes = {
  readonly announce: (...topics: readonly ChangeTopic[]) => void
  /** Returns the function that ends the subscription. */
  readonly subscribe: (listener: (topics: readonly ChangeTopic[]) => void) => () => void
}
