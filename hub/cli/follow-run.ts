/** Waits for a run as somebody at a terminal does: with its progress in view, until it has ended. */
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { RunResource } from '../api/resources/model.ts'
import type { CommandContext, GlobalOptions } from './command-context.ts'

export type FollowedRun = { readonly id: string; readonly title: string }

const ASK_EVERY = ms(500)

/** The run when it has succeeded; what refused it otherwise. With --json nothing is shown meanwhile. */
export async function followRun(
  { connect, clock, display }: CommandContext,
  { hub, json }: GlobalOptions,
  { id, title }: FollowedRun,
): Promise<Result<RunResource, Refusal>> {
  for (;;) {
    const run = await connect(hub).get<RunResource>(`/api/v1/runs/${encodeURIComponent(id)}`)
    if (!run.ok) return run
    const { state, stage, fraction, message } = run.value
    if (json !== true) display.bar(title, fraction, state === 'running' ? `${stage}: ${message}` : message)
    if (state === 'queued' || state === 'running') {
      await clock.sleep(ASK_EVERY)
      continue
    }
    if (json !== true) display.finish(title)
    return state === 'succeeded' ? run : refusalIn(message)
  }
}

/** A run that failed carries the code of its refusal in front of the sentence. */
function refusalIn(message: string): Result<never, Refusal> {
  const [, code, sentence] = /^([a-z]+\/[a-zA-Z]+): (.*)$/s.exec(message) ?? []
  return refuse(code ?? 'run/failed', sentence ?? message)
}
