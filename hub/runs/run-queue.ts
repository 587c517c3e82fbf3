/**
 * One run at a time, in the order they came, each in a process of its own. A run that a stopped hub left behind starts again,
 * a few times at most: nothing of it was kept but the trials of its search, which begin anew.
 */
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Trainer, TrainerFiles, TrainerJob, TrainerListener, TrainerProgress } from './trainer.ts'
import { appendEvents } from '../store/queries/events.ts'
import { findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { listOpenRuns, updateRun, type RunRow } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { cancelRun, type CancelCode, type CancelRequest } from './cancel-run.ts'
import { keepAttempt, type AttemptKeeper } from './keep-attempt.ts'
import { nextAttempt, stoppedInOrder, STARTS_MAX, withTrial } from './run-attempt.ts'

export type RunQueuePorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
  readonly trainer: Trainer
  readonly loadSeries: (run: RunRow, recipe: Recipe) => Promise<Result<readonly StationSeries[], Refusal>>
  /** What the run's process is to do, with the files it needs. */
  readonly prepare: (
    run: RunRow,
    recipe: Recipe,
  ) => Promise<Result<Pick<TrainerJob, 'work' | 'files'>, Refusal>>
  /** The next stage: makes a version, or keeps what was found; marks the run as succeeded in the same transaction. */
  readonly finish: (finished: FinishedRun) => Promise<Result<RunOutcome, Refusal>>
  /** After each run, however it ended; it may have been put back into the queue. */
  readonly ended: (run: RunRow) => Promise<void>
}

/** What is special about one kind of run. */
export type RunKind = Pick<RunQueuePorts, 'prepare' | 'finish'>

export type FinishedRun = {
  readonly run: RunRow
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly files: TrainerFiles
}

/** In words, for the list of events: `version 3 is trained and registered`. */
export type RunOutcome = { readonly message: string; readonly severity?: 'info' | 'warning' }

export type RunQueue = {
  /** Runs until the signal aborts; every failure becomes the run's own state. */
  readonly loop: (signal: AbortSignal) => Promise<void>
  /** Queued: never starts. Running: its process is stopped, and whatever it still says changes nothing. */
  readonly cancel: (asked: CancelRequest) => Promise<Result<void, Refusal<CancelCode>>>
}

const IDLE = ms(500)
const PROGRESS_EVERY = ms(500)

export function createRunQueue(ports: RunQueuePorts): RunQueue {
  const { store, clock, log } = ports
  let current: { readonly id: string; readonly stop: AbortController } | null = null
  const stop = (id: string): void => {
    if (current?.id === id) current.stop.abort()
  }
  return {
    cancel: (asked) => cancelRun({ ...ports, stop }, asked),
    loop: async (signal) => {
      while (!signal.aborted) {
        try {
          const [next] = await listOpenRuns(store)
          if (next === undefined) await clock.sleep(IDLE, signal)
          else {
            current = { id: next.id, stop: new AbortController() }
            await executeRun(ports, next, { hub: signal, run: current.stop.signal })
            await ports.ended(next)
          }
        } catch (cause) {
          log.error({ cause }, 'the run queue failed; it goes on with the next run')
          await clock.sleep(IDLE, signal)
        }
        current = null
      }
    },
  }
}

/** The hub stops, or somebody cancels this run. */
type Stops = { readonly hub: AbortSignal; readonly run: AbortSignal }

type RunUpdate = (set: Parameters<typeof updateRun>[3]) => Promise<boolean>

async function executeRun(ports: RunQueuePorts, run: RunRow, stops: Stops): Promise<void> {
  const { store, clock, changes } = ports
  const update: RunUpdate = (set) => updateRun(store.db, store, run.id, { ...set, updatedAt: clock.now() })
  const attempt = nextAttempt(run)
  if (!attempt.ok) return await endRun(ports, run, { update, outcome: attempt })
  const { starts } = attempt.value
  const message =
    starts === 1 ? '' : `start ${starts} of ${STARTS_MAX}: the hub was stopped in the middle of the last one`
  const start = { state: 'running', stage: 'reading data', fraction: 0, message } as const
  if (!(await update({ ...start, startedAt: clock.now(), result: attempt.value }))) return
  changes.announce('runs')
  const signal = AbortSignal.any([stops.hub, stops.run])
  const kept = keepAttempt({ ...ports, update }, attempt.value)
  const outcome = await performSafely(ports, run, { signal, update, kept })
  await kept.stored()
  if (outcome.ok || !stops.hub.aborted) return await endRun(ports, run, { update, outcome })
  const result = stoppedInOrder(kept.current())
  await update({ state: 'queued', message: 'waits for the hub to come back', result })
}

type Ending = { readonly update: RunUpdate; readonly outcome: Result<RunOutcome, Refusal> }

async function endRun(ports: RunQueuePorts, run: RunRow, { update, outcome }: Ending): Promise<void> {
  const { store, clock, changes } = ports
  // Not a failure when it was cancelled meanwhile: that has been said already.
  if (!outcome.ok && !(await update({ state: 'failed', message: outcome.error.message }))) return
  const { severity = 'info', ...said } = outcome.ok
    ? outcome.value
    : { severity: 'error' as const, message: `run ${run.id} failed: ${outcome.error.message}` }
  await appendEvents(store.db, store, [
    {
      at: clock.now(),
      eventTime: null,
      source: 'training',
      subject: run.recipe,
      code: outcome.ok ? 'training/finished' : outcome.error.code,
      severity,
      message: said.message,
    },
  ])
  changes.announce('runs', 'models', 'events')
}

type Performing = {
  readonly signal: AbortSignal
  readonly update: RunUpdate
  readonly kept: AttemptKeeper
}

/** What nobody foresaw (a snapshot that is gone, a full disk) fails this run and no other. */
async function performSafely(
  ports: RunQueuePorts,
  run: RunRow,
  performing: Performing,
): Promise<Result<RunOutcome, Refusal>> {
  try {
    return await performRun(ports, run, performing)
  } catch (cause) {
    ports.log.error({ cause, run: run.id }, 'a run failed')
    return refuse('training/failed', cause instanceof Error ? cause.message : String(cause))
  }
}

async function performRun(
  ports: RunQueuePorts,
  run: RunRow,
  { signal, update, kept }: Performing,
): Promise<Result<RunOutcome, Refusal>> {
  // A run is about the recipe as it was when it was asked for.
  const recipe = Recipe.parse(run.recipeBody ?? (await findRecipe(ports.store, run.recipe))?.body)
  const series = await ports.loadSeries(run, recipe)
  if (!series.ok) return series
  const prepared = await ports.prepare(run, recipe)
  if (!prepared.ok) return prepared
  const job = { id: run.id, recipe, series: series.value, ...prepared.value }
  const { work } = prepared.value
  kept.change({ champion: 'champion' in work ? (work.champion?.digest ?? null) : null })
  const listener: TrainerListener = {
    onProgress: throttledProgress(ports, update),
    onTrial: (trial) => kept.change({ trials: withTrial(kept.current(), trial) }),
  }
  const files = await ports.trainer.perform(job, listener, signal)
  if (!files.ok) return files
  await kept.stored()
  return await ports.finish({ run, recipe, series: series.value, files: files.value })
}

function throttledProgress({ clock, log, changes }: RunQueuePorts, update: RunUpdate) {
  let lastAt = clock.monotonic() - PROGRESS_EVERY
  return ({ stage, fraction, detail }: TrainerProgress): void => {
    const now = clock.monotonic()
    if (now - lastAt < PROGRESS_EVERY) return
    lastAt = ms(now)
    update({ stage, fraction, message: detail })
      .then(() => changes.announce('runs'))
      .catch((cause: unknown) => log.warn({ cause }, 'progress of a run could not be stored'))
  }
}
