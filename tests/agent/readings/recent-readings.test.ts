import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createStationWindow } from '@fleetcast/agent/inference/station-window.ts'
import { addRow, noReadings } from '@fleetcast/agent/readings/recent-readings.ts'
import { historyOf } from '@fleetcast/agent/update/backtest.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { writeWindow } from '@fleetcast/shared/windows/window.ts'
import { CHANNELS, enrolment, recipe, STEPS } from '../fixtures/station-fixtures.ts'

const SENSORS = recipe.channels.length
const shape = { windowSteps: STEPS, siteChannels: recipe.siteChannels }

/** Steps with gaps, and what came at each. */
const readings = fc
  .array(
    fc.record({ skip: fc.nat(STEPS + 2), value: fc.option(fc.float({ noNaN: true }), { nil: Number.NaN }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((list) => {
    let step = 455_832
    return list.map(({ skip, value }) => {
      step += 1 + skip
      return { step, at: epochMs(step * 3_600_000), valid: Float64Array.of(value, step % 7) }
    })
  })

describe('the window of the newest reading', () => {
  test('is the one that a backtest builds from the whole history, gaps included', () => {
    const window = createStationWindow(recipe, enrolment)
    fc.assert(
      fc.property(readings, (list) => {
        const history = historyOf(list, recipe)!
        let recent = noReadings(STEPS, SENSORS)
        for (const { step, valid } of list) {
          recent = addRow(recent, step, valid)
          const live = window(recent, step)
          const replayed = new Float32Array(STEPS * CHANNELS)
          writeWindow(history.series, step - history.firstStep, {
            shape,
            position: enrolment,
            out: replayed,
            offset: 0,
          })
          expect(live.windows).toEqual(replayed)
          expect(live.times).toEqual(BigInt64Array.of(BigInt(step * 3_600)))
        }
      }),
      { seed: 1, numRuns: 200 },
    )
  })
  test('is not changed by a row that is added and not kept', () => {
    const kept = addRow(noReadings(STEPS, SENSORS), 10, [1, 2])
    const before = Float32Array.from(kept.series.values)
    addRow(kept, 11, [3, 4])
    expect(kept.series.values).toEqual(before)
    expect(addRow(kept, 11, [5, 6]).series.values.slice(-2)).toEqual(Float32Array.of(5, 6))
  })
})
