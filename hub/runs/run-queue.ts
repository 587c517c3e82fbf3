/**
 * One run at a time, in the order they came, each in a process of its own. A run that a stopped hub left behind starts again:
 * nothing of it was kept.
 */
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Trainer, TrainerFiles, TrainerJob } from './trainer.ts'
import { appendEvents } from '../store/queries/events.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { listOpenRuns, updateRun, type RunRow } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { RunSelection } from './run-selection.ts'

export type RunQueuePorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
  readonly trainer: Trainer
  readonly loadSeries: (
    dataset: DatasetDigest,
    recipe: Recipe,
    selection: RunSelection,
  ) => Promise<Result<readonly StationSeries[], Refusal>>
  /** What the run's process is to do, with the files it needs. */
  readonly prepare: (
    run: RunRow,
    recipe: Recipe,
  ) => Promise<Result<Pick<TrainerJob, 'work' | 'files'>, Refusal>>
  /** The next stage: makes a version, or keeps what was found; marks the run as succeeded in the same transaction. */
  readonly finish: (finished: FinishedRun) => Promise<Result<RunOutcome, Refusal>>
}

export type FinishedRun = {
  readonly run: RunRow
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly files: TrainerFiles
}

/** In words, for the list of events: `version 3 is trained and registered`. */
export type RunOutcome = { readonly message: string }

const IDLE = ms(500)
const PROGRESS_EVERY = ms(500)

/** Runs until the signal aborts; every failure becomes the run's own state. */
export async function runQueueLoop(ports: RunQueuePorts, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = ports
  while (!signal.aborted) {
    try {
      const [next] = await listOpenRuns(store)
      if (next === undefined) await clock.sleep(IDLE, signal)
      else await executeRun(ports, next, signal)
    } catch (cause) {
      log.error({ cause }, 'the run queue failed; it goes on with the next run')
      await clock.sleep(IDLE, signal)
    }
  }
}

async function executeRun(ports: RunQueuePorts, run: RunRow, signal: AbortSignal): Promise<void> {
  const { store, clock, changes } = ports
  const update = (set: Parameters<typeof updateRun>[3]): Promise<void> =>
    updateRun(store.db, store, run.id, { ...set, updatedAt: clock.now() })
  await update({ state: 'running', stage: 'reading data', fraction: 0 })
  const outcome = await performRun(ports, run, { signal, update })
  if (!outcome.ok && signal.aborted)
    return update({ state: 'queued', message: 'waits for the hub to come back' })
  if (!outcome.ok) await update({ state: 'failed', message: outcome.error.message })
  const message = outcome.ok ? outcome.value.message : `run ${run.id} failed: ${outcome.error.message}`
  await appendEvents(store.db, store, [
    {
      at: clock.now(),
      eventTime: null,
      source: 'training',
      subject: run.recipe,
      code: outcome.ok ? 'training/finished' : outcome.error.code,
      severity: outcome.ok ? 'info' : 'error',
      message,
    },
  ])
  changes.announce('runs', 'models', 'events')
}

type RunUpdate = (set: Parameters<typeof updateRun>[3]) => Promise<void>

async function performRun(
  ports: RunQueuePorts,
  run: RunRow,
  { signal, update }: { signal: AbortSignal; update: RunUpdate },
): Promise<Result<RunOutcome, Refusal>> {
  // A run is about the recipe as it was when it was asked for.
  const recipe = Recipe.parse(run.recipeBody ?? (await findRecipe(ports.store, run.recipe))?.body)
  const series = await ports.loadSeries(
    DatasetDigest.parse(run.dataset),
    recipe,
    RunSelection.parse(run.selection),
  )
  if (!series.ok) return series
  const prepared = await ports.prepare(run, recipe)
  if (!prepared.ok) return prepared
  const job = { id: run.id, recipe, series: series.value, ...prepared.value }
  const files = await ports.trainer.perform(job, throttledProgress(ports, update), signal)
  if (!files.ok) return files
  return await ports.finish({ run, recipe, series: series.value, files: files.value })
}

function throttledProgress({ clock, log, changes }: RunQueuePorts, update: RunUpdate) {
  let lastAt = clock.monotonic() - PROGRESS_EVERY
  return ({ stage, fraction, detail }: { stage: string; fraction: number; detail: string }): void => {
    const now = clock.monotonic()
    if (now - lastAt < PROGRESS_EVERY) return
    lastAt = ms(now)
    update({ stage, fraction, message: detail })
      .then(() => changes.announce('runs'))
      .catch((cause: unknown) => log.warn({ cause }, 'progress of a run could not be stored'))
  }
}
