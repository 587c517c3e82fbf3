/** One letter a flag: how a station stores and sends what quality control said of a reading, channel by channel. */
import type { QualityFlag } from './quality-control.ts'

export const FLAG_LETTER: Record<QualityFlag, string> = {
  ok: 'o',
  missing: 'm',
  range: 'r',
  step: 's',
  flatline: 'f',
}

const FLAG_BY_LETTER: ReadonlyMap<string, QualityFlag> = new Map(
  (Object.keys(FLAG_LETTER) as QualityFlag[]).map((flag) => [FLAG_LETTER[flag], flag]),
)

/** Undefined for a letter that names no flag. */
export const flagOfLetter = (letter: string): QualityFlag | undefined => FLAG_BY_LETTER.get(letter)
