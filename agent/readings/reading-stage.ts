/**
 * Every reading passes here: checked, judged, forecast from, and committed together with all that follows from it in one
 * transaction. A crash before the commit loses a reading that nobody was told about; after it, nothing.
 */
import type { QualityFlag } from '@fleetcast/shared/quality/quality-control.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { ChannelHealth } from '@fleetcast/shared/protocol/telemetry.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMsToUtcDay, type EpochMs, type UtcDay } from '@fleetcast/shared/units.ts'
import type { Store } from '../ports/store.ts'
import { axisOf, stepOf, stepsOfDays, timeOf, type Axis } from './axis.ts'
import { CHANNEL_START, healthOf, type ChannelState } from './channel-state.ts'
import { judgeReading } from './judge-reading.ts'
import { valuesInOrder, type Reading, type ReadingCode } from './reading.ts'
import { lastReading, loadReadings, storeReading } from './readings-table.ts'
import { addRow, noReadings, type RecentReadings } from './recent-readings.ts'

/** A reading on the axis, judged. */
export type Observed = {
  readonly step: number
  /** The instant of the step: the event time of everything that follows. */
  readonly time: EpochMs
  readonly day: UtcDay
  /** Step of the reading before; null for the first. */
  readonly previousStep: number | null
  readonly flags: readonly QualityFlag[]
  readonly valid: readonly number[]
  readonly recent: RecentReadings
}

/** What follows a reading; the stage does not know what it is. */
export type ReadingStages<F> = {
  readonly forecast: (observed: Observed) => Promise<F>
  /** Inside the reading's transaction. */
  readonly commit: (observed: Observed, forecast: F) => void
}

export type Committed<F> = { readonly observed: Observed; readonly forecast: F }

const DOCUMENT = 'channels'

export class ReadingStage<F> {
  readonly axis: Axis
  readonly names: readonly string[]
  readonly ringSteps: number
  private readonly store: Store
  private readonly recipe: Recipe
  private readonly stages: ReadingStages<F>
  private states: readonly ChannelState[]
  private recent: RecentReadings
  private lastAt: EpochMs | null

  constructor(store: Store, config: { recipe: Recipe; ringDays: number }, stages: ReadingStages<F>) {
    const { recipe } = config
    this.store = store
    this.recipe = recipe
    this.stages = stages
    this.axis = axisOf(recipe)
    this.names = recipe.channels.map((channel) => channel.name)
    this.ringSteps = stepsOfDays(this.axis, config.ringDays)
    this.states = store.readDocument<ChannelState[]>(DOCUMENT) ?? recipe.channels.map(() => CHANNEL_START)
    const last = lastReading(store)
    this.lastAt = last?.at ?? null
    this.recent = (last ? loadReadings(store, last.step - recipe.windowSteps + 1) : []).reduce(
      (recent, { step, valid }) => addRow(recent, step, valid),
      noReadings(recipe.windowSteps, recipe.channels.length),
    )
  }

  /** Where the sensor side goes on after a restart. */
  lastReadingAt(): EpochMs | null {
    return this.lastAt
  }

  lastTime(): EpochMs | null {
    return this.recent.lastStep === null ? null : timeOf(this.axis, this.recent.lastStep)
  }

  health(): readonly ChannelHealth[] {
    return this.states.map((state, i) => healthOf(this.names[i]!, state))
  }

  async observe(reading: Reading): Promise<Result<Committed<F>, Refusal<ReadingCode>>> {
    const values = valuesInOrder(reading, this.names)
    if (!values.ok) return values
    const step = stepOf(this.axis, reading.at)
    const previousStep = this.recent.lastStep
    if (previousStep !== null && step <= previousStep)
      return refuse(
        'reading/notNewer',
        `the reading of ${new Date(reading.at).toISOString()} is not newer than the last one; feed on from after it`,
      )
    const time = timeOf(this.axis, step)
    const skipped = previousStep === null ? 0 : step - previousStep - 1
    const judged = judgeReading(this.recipe.channels, this.states, {
      values: values.value,
      at: time,
      skipped,
    })
    const recent = addRow(this.recent, step, judged.valid)
    const { flags, valid } = judged
    const observed = { step, time, day: epochMsToUtcDay(time), previousStep, flags, valid, recent }
    const forecast = await this.stages.forecast(observed)
    this.store.transaction('process', () => {
      storeReading(this.store, {
        step,
        at: reading.at,
        values: values.value,
        flags,
        ringSteps: this.ringSteps,
      })
      this.store.writeDocument(DOCUMENT, judged.states)
      this.stages.commit(observed, forecast)
    })
    this.states = judged.states
    this.recent = recent
    this.lastAt = reading.at
    return ok({ observed, forecast })
  }
}
