/** A comparison of two versions in words. */
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { ComparedSlice, Comparison } from '../runs/compare/comparison.ts'
import type { Document } from './document.ts'
import { day, decimals } from './text-table.ts'

const VERDICT: Record<ComparedSlice['verdict'], string> = {
  better: 'better',
  worse: 'worse',
  notToldApart: 'not told apart',
  tooFewDays: 'too few days',
}

export function comparisonDocument(comparison: Comparison): Document {
  const { a, b, overall, target, rows } = comparison
  return {
    title: `${a.name} against ${b.name}: ${VERDICT[overall.verdict]}`,
    parts: [
      {
        title: 'What was compared',
        lines: [
          `${target.channel} in ${target.unit}, dataset ${shortDigest(comparison.dataset)}: ${comparison.selection}`,
          `${rows.counted} samples that neither was trained on, ${day(comparison.from)} to ${day(comparison.until)}`,
          leftOutText(comparison),
        ],
      },
      {
        title: 'Mean error',
        table: {
          head: ['ROWS', '', 'N', 'DAYS', a.name, b.name, 'PERSISTENCE', 'DIFFERENCE', '95 %', 'VERDICT'],
          rows: [overall, ...comparison.slices].map((slice) => [
            slice.kind,
            slice.name,
            slice.n,
            slice.days,
            decimals(slice.lossA, 3),
            decimals(slice.lossB, 3),
            decimals(slice.persistence, 3),
            signed(slice.relativeDifference),
            slice.interval === null
              ? null
              : `${signed(slice.interval.lower)} to ${signed(slice.interval.upper)}`,
            VERDICT[slice.verdict],
          ]),
        },
        lines: [
          `difference: of ${a.name}'s error relative to ${b.name}'s on the same rows, below 0 it is better`,
          'intervals: blocks of ten days are drawn; verdicts of stations, seasons and hours are corrected for how many there are (Holm), so a single interval beside 0 may still be chance',
          'seasons are meteorological, hours are those of the sun',
        ],
      },
    ],
  }
}

function leftOutText({ a, b, rows: { seenByA, seenByB, seenByBoth } }: Comparison): string {
  const sum = seenByA + seenByB + seenByBoth
  if (sum === 0) return 'no sample was left out'
  return `${sum} samples were left out because they lie where a model was trained: ${seenByA} of ${a.name}, ${seenByB} of ${b.name}, ${seenByBoth} of both`
}

const signed = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)} %`
