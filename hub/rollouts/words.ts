/** How figures are written in reasons: the same everywhere, so that people can compare them. */
import { shortDigest } from '@fleetcast/shared/ids.ts'

/** `+3.4 %`, from a relative difference. */
export const percent = (share: number): string =>
  `${share < 0 ? '-' : '+'}${Math.abs(share * 100).toFixed(1)} %`

/** `1 day`, `3 days`. */
export const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`

/** The other side of a comparison as people read it. */
export const referenceText = (reference: string): string =>
  reference === 'persistence' ? 'persistence' : `champion ${shortDigest(reference)}`
