/** What a reading sets off: forecasts before its commit; in its commit settled forecasts, profile, trial and events. */
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { labelOf, persistenceOf, type ValueBefore } from '@fleetcast/shared/labels/label.ts'
import { forecastStation, type StationForecast } from '../inference/forecast-station.ts'
import { createStationWindow } from '../inference/station-window.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { profileGap, profileReading } from '../profile/profile-increments.ts'
import { axisOf, stepsOfDays } from '../readings/axis.ts'
import type { Observed, ReadingStages } from '../readings/reading-stage.ts'
import { accumulate } from '../telemetry/accumulators.ts'
import { recordEvent } from '../telemetry/station-events.ts'
import { settleReading } from '../verification/settle-reading.ts'
import type { ServingStep } from './serving-machine.ts'
import type { StationModels } from './station-models.ts'

/** The forecasts of a reading and what they mean for the trial; adopted once the reading is committed. */
export type Answer = { readonly forecast: StationForecast; readonly step: ServingStep }

export function createAnswerStages(
  { store, clock }: Pick<AgentPorts, 'store' | 'clock'>,
  { enrolment, ringDays, models }: { enrolment: Enrolment; ringDays: number; models: StationModels },
): ReadingStages<Answer> {
  const { recipe } = enrolment
  const axis = axisOf(recipe)
  const names = recipe.channels.map((channel) => channel.name)
  const { target } = recipe
  const window = createStationWindow(recipe, enrolment)
  const mostMissing = stepsOfDays(axis, ringDays)

  const profile = ({ step, day, previousStep, flags, valid }: Observed) => {
    const gap = { axis, after: previousStep ?? step, before: step, most: mostMissing }
    const skipped = previousStep === null ? [] : profileGap(names, gap, models.edges)
    return [...skipped, ...profileReading({ names, flags, valid, day }, models.edges)]
  }
  return {
    forecast: async (observed) => {
      const { recent, step } = observed
      const baseline = persistenceOf(target, targetBefore(observed, names.indexOf(target.channel)))
      const input = { batch: window(recent, step), baseline }
      const all = await forecastStation(clock, models.active(), input)
      // What runs in shadow still gathers evidence; the station itself says nothing.
      const forecast = models.halt === null ? all : { ...all, served: null }
      return { forecast, step: models.judge(forecast.trial) }
    },
    commit: (observed, { forecast, step }) => {
      const { time: at } = observed
      const truth = labelOf(target, targetBefore(observed, names.indexOf(target.channel)))
      const settlement = { axis, step: observed.step, target, truth, forecast }
      accumulate(store, [...settleReading(store, settlement), ...profile(observed)])
      for (const { model, code, message } of forecast.faults)
        recordEvent(store, {
          at,
          code,
          severity: 'warning',
          message: `bundle ${shortDigest(model)}: ${message}`,
        })
      models.persist(step, at)
    },
  }
}

/** The newest value in double precision as it was read, older ones from the window. */
function targetBefore({ valid, recent: { series } }: Observed, target: number): ValueBefore {
  const { values, steps, sensors } = series
  return (back) => {
    if (back === 0) return valid[target]!
    return back < steps ? values[(steps - 1 - back) * sensors + target]! : Number.NaN
  }
}
