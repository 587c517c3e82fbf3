/** Where commands write; `isJson` comes from --json, which every command understands. */
export type Terminal = {
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  readonly isInteractive: boolean
}

/** 0 done · 1 refused · 2 wrong usage · 3 no hub answers. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const
