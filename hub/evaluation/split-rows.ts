/**
 * Training, validation and test rows. Time is cut into cycles, of 60 days by default; each gives one block to validation and one to
 * the test, so that a single year of history has every season in each part. Around a held-out block lies an embargo as long
 * as window and horizon together: no row of one part shares a reading with a row of another.
 */
import type { Recipe, SplitSpec } from '@fleetcast/shared/recipe/recipe.ts'

const DAY_SECONDS = 86_400
const SPLITS_DEFAULT: SplitSpec = { cycleDays: 60, blockDays: 8 }

/** The default, with longer cycles where window and horizon need a wider embargo between the blocks. */
export function splitsFor(embargoSeconds: number): SplitSpec {
  const { cycleDays, blockDays } = SPLITS_DEFAULT
  const embargoDays = Math.ceil(embargoSeconds / DAY_SECONDS)
  return { cycleDays: Math.max(cycleDays, 5 * (blockDays + embargoDays)), blockDays }
}

/** Where in a cycle the blocks begin: 20 and 32 days into the default's. */
const START_SHARE = { validation: 1 / 3, test: 8 / 15 }

/** How rows are parted, as a run's lock keeps it. */
export const splitSpec = (recipe: Pick<Recipe, 'windowSteps' | 'target' | 'cadenceMinutes' | 'training'>) => {
  const { cycleDays, blockDays } = recipe.training.splits ?? splitsFor(embargoSeconds(recipe))
  const startDay = (part: keyof typeof START_SHARE): number => Math.round(START_SHARE[part] * cycleDays)
  return {
    ...{ cycleDays, blockDays },
    validationStartDay: startDay('validation'),
    testStartDay: startDay('test'),
  }
}

/** Window and horizon together. */
export const embargoSeconds = ({
  windowSteps,
  target,
  cadenceMinutes,
}: Pick<Recipe, 'windowSteps' | 'target' | 'cadenceMinutes'>): number =>
  (windowSteps + target.horizonSteps) * cadenceMinutes * 60

export type Split = {
  readonly training: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
}

/** `embargoSeconds` is window plus horizon; `timeSeconds` is the newest reading of each row's window. */
export function splitRows(
  timeSeconds: Float64Array,
  embargoSeconds: number,
  spec: SplitSpec = splitsFor(embargoSeconds),
): Split {
  const parts: Record<keyof Split, number[]> = { training: [], validation: [], test: [] }
  timeSeconds.forEach((time, row) => {
    const part = partOf(time, embargoSeconds, spec)
    if (part !== null) parts[part].push(row)
  })
  return {
    training: Int32Array.from(parts.training),
    validation: Int32Array.from(parts.validation),
    test: Int32Array.from(parts.test),
  }
}

/** Null inside an embargo. */
export function partOf(
  timeSeconds: number,
  embargoSeconds: number,
  { cycleDays, blockDays }: SplitSpec = splitsFor(embargoSeconds),
): keyof Split | null {
  const cycle = cycleDays * DAY_SECONDS
  const inCycle = ((timeSeconds % cycle) + cycle) % cycle
  for (const part of ['validation', 'test'] as const) {
    const start = Math.round(START_SHARE[part] * cycleDays) * DAY_SECONDS
    const end = start + blockDays * DAY_SECONDS
    if (inCycle >= start && inCycle < end) return part
    if (inCycle >= start - embargoSeconds && inCycle < end + embargoSeconds) return null
  }
  return 'training'
}
