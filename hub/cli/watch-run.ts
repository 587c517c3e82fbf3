import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { RunDetail } from '../api/resources/run.ts'
import type { Api } from '../ports/api.ts'
import type { Clock } from '../ports/clock.ts'
import type { ProgressDisplay } from '../ports/progress-display.ts'

export type WatchPorts = {
  readonly api: Api
  /** Null: nothing is shown while it runs. */
  readonly display: ProgressDisplay | null
  readonly clock: Pick<Clock, 'sleep'>
}

const LOOK_EVERY = ms(500)
const UNREACHED_MAX = 20

/** Shows a run's progress until it has ended. A hub that restarts meanwhile is waited for: its runs start again. */
export async function watchRun(
  { api, display, clock }: WatchPorts,
  id: string,
): Promise<Result<RunDetail, Refusal>> {
  let unreached = 0
  for (;;) {
    const run = await api.get<RunDetail>(`/api/v1/runs/${encodeURIComponent(id)}`)
    if (!run.ok && (run.error.code !== 'api/unreachable' || ++unreached > UNREACHED_MAX)) return run
    if (run.ok) {
      unreached = 0
      const { kind, recipe, stage, fraction, message, endedAt } = run.value
      const title = `${kind} ${recipe}`
      display?.bar(title, fraction, `${stage}${message === '' ? '' : `: ${message}`}`)
      if (endedAt !== null) {
        display?.finish(title)
        return ok(run.value)
      }
    }
    await clock.sleep(LOOK_EVERY)
  }
}
