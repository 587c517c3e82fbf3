/**
 * Training, validation and test rows. Time is cut into cycles of 60 days; each cycle gives one block to validation and one to
 * the test, so that a single year of history has every season in each part. Around a held-out block lies an embargo as long
 * as window and horizon together: no row of one part shares a reading with a row of another.
 */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

const DAY_SECONDS = 86_400
const CYCLE_DAYS = 60
const BLOCK_DAYS = 8
const VALIDATION_START_DAY = 20
const TEST_START_DAY = 32

/** How rows are parted, as a run's lock keeps it. */
export const SPLIT_SPEC = {
  cycleDays: CYCLE_DAYS,
  blockDays: BLOCK_DAYS,
  validationStartDay: VALIDATION_START_DAY,
  testStartDay: TEST_START_DAY,
} as const

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
export function splitRows(timeSeconds: Float64Array, embargoSeconds: number): Split {
  const parts: Record<keyof Split, number[]> = { training: [], validation: [], test: [] }
  timeSeconds.forEach((time, row) => {
    const part = partOf(time, embargoSeconds)
    if (part !== null) parts[part].push(row)
  })
  return {
    training: Int32Array.from(parts.training),
    validation: Int32Array.from(parts.validation),
    test: Int32Array.from(parts.test),
  }
}

/** Null inside an embargo. */
export function partOf(timeSeconds: number, embargoSeconds: number): keyof Split | null {
  const inCycle =
    ((timeSeconds % (CYCLE_DAYS * DAY_SECONDS)) + CYCLE_DAYS * DAY_SECONDS) % (CYCLE_DAYS * DAY_SECONDS)
  for (const [part, startDay] of [
    ['validation', VALIDATION_START_DAY],
    ['test', TEST_START_DAY],
  ] as const) {
    const start = startDay * DAY_SECONDS
    const end = start + BLOCK_DAYS * DAY_SECONDS
    if (inCycle >= start && inCycle < end) return part
    if (inCycle >= start - embargoSeconds && inCycle < end + embargoSeconds) return null
  }
  return 'training'
}
