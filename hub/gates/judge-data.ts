/** Enough data, and test rows that share no reading with what the model was fitted on. */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { judged, notTestable } from './gate-entry.ts'
import type { GateEntry } from './gate-report.ts'
import type { DataMeasures, LeakageMeasure } from './measure-data.ts'

export const judgeData = (
  { missingShareMax, sampleShareMin }: GatePolicy,
  { channels, sites }: DataMeasures,
): readonly GateEntry[] => [
  ...channels.map(({ channel, share, expected }) =>
    judged({
      ...{ gate: 'data', slice: `${channel} missing`, value: share, limit: missingShareMax, n: expected },
      isPassed: share <= missingShareMax,
      message: `${part(share)} of the readings are missing or refused, at most ${part(missingShareMax)}`,
    }),
  ),
  ...sites.map(({ site, share, expected, days }) =>
    judged({
      ...{ gate: 'data', slice: `site ${site} usable`, value: share, limit: sampleShareMin },
      ...{ n: expected, days, isPassed: share >= sampleShareMin },
      message: `${part(share)} of the intervals became samples, at least ${part(sampleShareMin)}`,
    }),
  ),
]

export const judgeLeakage = ({ gapSeconds, neededSeconds, n }: LeakageMeasure): GateEntry =>
  gapSeconds === null
    ? notTestable('leakage', 'no test row is from a site that the model was fitted at')
    : judged({
        ...{ gate: 'leakage', value: gapSeconds, limit: neededSeconds, n },
        isPassed: n > 0 && gapSeconds >= neededSeconds,
        message: `test rows are ${hours(gapSeconds)} or more from any row the model was fitted or chosen on; window and horizon take ${hours(neededSeconds)}`,
      })

const part = (share: number): string => `${(100 * share).toFixed(1)} %`
const hours = (seconds: number): string => `${(seconds / 3_600).toFixed(1)} h`
